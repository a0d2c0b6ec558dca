import { noTransactionMark } from '../../src/infrastructure/postgres/migrate.ts';
import { type SqlStatement, statementsOf } from '../../src/infrastructure/postgres/sql-statements.ts';

/**
 * The rule for migrations under load (docs/development.md): only statements that are known to be harmless while the old version sells. What is
 * not on the list needs a comment above it, `-- exception: …`, that says why it is harmless all the same. Without a transaction there are no
 * exceptions: `migrate` lets those statements wait for a lock as long as they need, and whoever needs the table would queue behind them.
 *
 * Takes the text of a migration; gives what breaks the rule, as "reason: statement".
 */
export function ruleBreaks(text: string): string[] {
  const statements = statementsOf(text);
  if (noTransactionMark.test(text)) return breaksOneByOne(statements);
  return breaksInTransaction(statements.filter((statement) => !isExcepted(statement)));
}

const exception = /^exception: (?:\S+\s+){4,}\S/;

/** Five words are the least that a reason has. */
function isExcepted({ comments }: SqlStatement): boolean {
  return exception.test(comments.join(' ').replace(/^.*?(?=exception: )/, ''));
}

const broken = (reason: string, { code }: SqlStatement) => `${reason}: ${code.slice(0, 80)}`;

// In a transaction: every lock is held to the end, so each statement must be done at once, whatever the size of the table.

function breaksInTransaction(statements: SqlStatement[]): string[] {
  const made = new Set<string>();
  const altered = new Set<string>();
  const breaks: string[] = [];
  for (const statement of statements) {
    const created = match(statement, /^CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(/);
    const [alteredTable, actions] = match(statement, /^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\w+) (.+)$/) ?? [];
    const indexed = match(statement, /^CREATE (?:UNIQUE )?INDEX (?:\w+ )?ON (\w+)/)?.[0];
    const filled = match(statement, /^INSERT INTO (\w+) /)?.[0];
    if (created?.[0] !== undefined) made.add(created[0]);
    else if (indexed !== undefined) {
      if (!made.has(indexed)) breaks.push(broken('an index on an existing table is built CONCURRENTLY', statement));
    } else if (filled !== undefined) {
      if (!made.has(filled) && !/ VALUES /i.test(statement.code)) breaks.push(broken('rows of a query are copied in batches', statement));
    } else if (alteredTable !== undefined && actions !== undefined) {
      if (made.has(alteredTable)) continue;
      altered.add(alteredTable);
      for (const action of actionsOf(actions)) {
        const reason = reasonAgainst(action);
        if (reason !== undefined) breaks.push(broken(reason, { ...statement, code: `ALTER TABLE ${alteredTable} ${action}` }));
      }
    } else if (!/^COMMENT ON /i.test(statement.code)) {
      breaks.push(broken('not a statement known to be harmless', statement));
    }
  }
  if (altered.size > 1) breaks.push(`one existing table a file, so that no lock is held while waiting for another: ${[...altered].join(', ')}`);
  return breaks;
}

/** The value of a column's default in rows that are there already must be known without looking at each. */
const constant = String.raw`(?:-?[\d.]+|'(?:[^']|'')*'(?:::\w+)?|true|false|null|now\(\)|current_timestamp)`;
const newColumn = new RegExp(String.raw`^ADD COLUMN (?:IF NOT EXISTS )?\w+ [\w ]+?(?:\(\d+(?:, ?\d+)?\))?(?:\[\])?(?: NULL)?(?:(?: NOT NULL)? DEFAULT ${constant}(?: NOT NULL)?)?$`, 'i');
const selfFilling = /\b(?:small|big)?serial\b|\bGENERATED\b/i;
const embeddedConstraint = /\b(?:REFERENCES|CHECK|UNIQUE|PRIMARY KEY)\b/i;

function reasonAgainst(action: string): string | undefined {
  if (/^ADD COLUMN /i.test(action)) {
    if (embeddedConstraint.test(action)) return 'a constraint in a new column reads the whole table: add it NOT VALID by itself';
    if (/ NOT NULL/i.test(action) && !/ DEFAULT /i.test(action)) return 'the old version does not fill a new column: NOT NULL needs a default';
    if (selfFilling.test(action) || !newColumn.test(action)) return 'a new column has a constant default or none, else the table is rewritten';
    return undefined;
  }
  if (/^ADD (?:CONSTRAINT \w+ )?(?:CHECK|FOREIGN KEY) /i.test(action)) {
    return / NOT VALID$/i.test(action) ? undefined : 'a new constraint is added NOT VALID, and validated by a later file';
  }
  if (/^ADD (?:CONSTRAINT \w+ )?(?:UNIQUE|PRIMARY KEY) /i.test(action)) {
    return / USING INDEX \w+$/i.test(action) ? undefined : 'a key is made USING an INDEX that was built CONCURRENTLY';
  }
  if (/^VALIDATE /i.test(action)) return 'a constraint is validated without a transaction, where the lock that added it is gone';
  if (/^ALTER COLUMN \w+ SET DEFAULT /i.test(action) || /^SET \((?:fillfactor|autovacuum_\w+|toast_\w+)\b/i.test(action)) return undefined;
  if (/^(?:DROP|RENAME) /i.test(action)) return 'the old version still uses what is there: remove it in a later release';
  if (/ (?:SET DATA )?TYPE /i.test(action)) return 'a change of type rewrites the table';
  if (/ SET NOT NULL$/i.test(action)) return 'NOT NULL reads the whole table: add a CHECK (… IS NOT NULL) NOT VALID';
  return 'not a statement known to be harmless';
}

// Without a transaction: statements that hold no lock for which sales queue. Each file may be run again from its first line.

function breaksOneByOne(statements: SqlStatement[]): string[] {
  return statements.flatMap((statement, index) => {
    const { code } = statement;
    if (/^DROP INDEX CONCURRENTLY IF EXISTS \w+$/i.test(code)) return [];
    if (/^ALTER TABLE \w+ VALIDATE CONSTRAINT \w+$/i.test(code)) return [];
    // Batches, each committed: rows are locked for a moment.
    if (/^DO \$(\w*)\$.*\bLOOP\b.*\bLIMIT\b.*\bCOMMIT;.*\bEND LOOP\b/is.test(code)) return [];
    const [built] = match(statement, /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+) ON /) ?? [];
    if (built === undefined) return [broken('not a statement known to be harmless without a transaction', statement)];
    const cleared = statements[index - 1]?.code.toLowerCase() === `drop index concurrently if exists ${built}`;
    return cleared ? [] : [broken(`a build that broke off leaves an invalid index: DROP INDEX CONCURRENTLY IF EXISTS ${built} goes before it`, statement)];
  });
}

/** Groups of a pattern in lower case; undefined where it does not match. */
function match({ code }: SqlStatement, pattern: RegExp): string[] | undefined {
  const found = new RegExp(pattern, 'is').exec(code);
  return found ? found.slice(1).map((group, index) => (index === 0 ? group.toLowerCase() : group)) : undefined;
}

/** Splits at the commas between the actions of an ALTER TABLE, which are those outside brackets and strings. */
function actionsOf(list: string): string[] {
  const actions = [''];
  let depth = 0;
  for (const [piece] of list.matchAll(/'(?:[^']|'')*'|[^]/g)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (piece === ',' && depth === 0) actions.push('');
    else actions[actions.length - 1] += piece;
  }
  return actions.map((action) => action.trim());
}
