import { arrayParameter } from './array-parameters.ts';
import type { BinaryType } from './binary-values.ts';
import { copyData } from './copy-data.ts';
import type { Packet } from './packet.ts';

/** A column's SQL type, and its value in a row. */
type Columns<Row> = Record<string, readonly [type: BinaryType, value: (row: Row) => unknown]>;

/** The change of one table. */
interface TableChange {
  statement: SetStatement;
  rowCount: number;
  /** Gives the values of its rows, column by column. Called when they are written: the database copies one table while the next is being made. */
  values: () => unknown[][];
}

interface SetStatement {
  id: string;
  types: BinaryType[];
  /** With an array parameter for each column, the number of the first left open. */
  textFrom: (firstParameter: number) => string;
  /** What copies the rows, where they are new ones. */
  copy?: { name: string; text: string };
  /** Its values may refer to rows that are new in the same transaction. */
  refersToNewRows?: boolean;
}

/** Gives the change for all rows; undefined where there are none. */
type ChangeOf<Row> = (rows: Iterable<Row>) => TableChange | undefined;

/** From how many rows of a table on those of all tables are copied. */
const manyRows = 36;

/**
 * New rows. Few are one INSERT: a column is one array parameter, so the statement is prepared once; `unnest` would put each value into a row
 * of its own first, so the values are taken by their place in the array. Many are one COPY.
 */
export function insertAll<Row>(table: string, columns: Columns<Row>): ChangeOf<Row> {
  const into = `${table} (${Object.keys(columns).join(', ')})`;
  const copy = { name: `copy-${table}`, text: `COPY ${into} FROM STDIN (FORMAT binary)` };
  return changeOf(`insert ${table}`, columns, { copy }, (arrays) => `
    INSERT INTO ${into} SELECT ${arrays.map((array) => `(${array})[place]`).join(', ')} FROM generate_series(1, cardinality(${arrays[0]})) AS place`);
}

/**
 * One UPDATE for any number of rows, found by `key`, which together identify a row. The rows are locked by then. Those that may refer to new
 * rows say so.
 */
export function updateAll<Row>(table: string, key: Columns<Row>, changed: Columns<Row>, options: Pick<SetStatement, 'refersToNewRows'> = {}): ChangeOf<Row> {
  const columns = { ...key, ...changed };
  const assignments = Object.keys(changed).map((name) => `${name} = changed.${name}`);
  const found = Object.keys(key).map((name) => `${table}.${name} = changed.${name}`);
  return changeOf(`update ${table}`, columns, options, (arrays) => `
    UPDATE ${table} SET ${[...assignments, 'updated_at = now()'].join(', ')}
    FROM unnest(${arrays.join(', ')}) AS changed (${Object.keys(columns).join(', ')})
    WHERE ${found.join(' AND ')}`);
}

function changeOf<Row>(id: string, columns: Columns<Row>, options: Pick<SetStatement, 'copy' | 'refersToNewRows'>, textWith: (arrays: string[]) => string): ChangeOf<Row> {
  const types = Object.values(columns).map(([type]) => type);
  const valuesOf = Object.values(columns).map(([, value]) => value);
  const textFrom = (first: number) => textWith(types.map((type, index) => `$${first + index}::${type}[]`));
  const statement = { id, types, textFrom, ...options };
  return (rows) => {
    const list = Array.from(rows);
    return list.length === 0 ? undefined : { statement, rowCount: list.length, values: () => valuesOf.map((valueOf) => list.map(valueOf)) };
  };
}

/** By the ids of its parts; the tables that a batch changes are nearly always the same few combinations. */
const combined = new Map<string, { name: string; text: string }>();

/**
 * Sends the changes of several tables. Few rows are one statement: a statement for each table would have a start, a message and an answer
 * of its own. Of many the new ones are copied, table by table, each with keys to those before it only: that takes PostgreSQL up to a sixth
 * less time, but it asks for the rows of each table by a message, which wakes this process. It then begins with the changes of rows that
 * were there, while the new ones are being made; where these may refer to new ones, they come last.
 */
export function saveTogether(packet: Packet, changes: (TableChange | undefined)[]): Promise<unknown>[] {
  const wanted = changes.filter((change) => change !== undefined);
  const many = wanted.some(({ rowCount }) => rowCount >= manyRows);
  const copied = wanted.flatMap(({ statement: { copy, types }, values }) => (many && copy ? { copy, rows: () => copyData(types, values()) } : []));
  const together = many ? wanted.filter(({ statement }) => !statement.copy) : wanted;
  const sendCopies = () => copied.map(({ copy, rows }) => packet.copy(copy, rows));
  const sendTogether = () => (together.length === 0 ? [] : [packet.query(inOneStatement(together))]);
  const newRowsFirst = together.some(({ statement }) => statement.refersToNewRows);
  return newRowsFirst ? [...sendCopies(), ...sendTogether()] : [...sendTogether(), ...sendCopies()];
}

function inOneStatement(changes: TableChange[]): { name: string; text: string; values: Buffer[] } {
  const id = changes.map(({ statement }) => statement.id).join(', ');
  const query = combined.get(id) ?? combine(changes.map(({ statement }) => statement), `desk-save-${combined.size}`);
  combined.set(id, query);
  const parameters = changes.flatMap(({ statement: { types }, values }) => {
    const columns = values();
    return types.map((type, index) => arrayParameter(type, columns[index] ?? []));
  });
  return { ...query, values: parameters };
}

/** Its parts see the rows as they were before all of them, and keys are checked after all of them, so their order does not count. */
function combine(statements: SetStatement[], name: string): { name: string; text: string } {
  let parameter = 1;
  const parts = statements.map(({ textFrom, types }, index) => {
    const text = `change_${index} AS (${textFrom(parameter)})`;
    parameter += types.length;
    return text;
  });
  return { name, text: `WITH ${parts.join(', ')} SELECT` };
}
