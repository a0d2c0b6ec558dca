import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ruleBreaks } from './migration-rules.ts';

const folder = new URL('../../migrations/', import.meta.url);
/** What the first release begins with: nobody sells on an empty database. */
const firstRelease = '0010';

test('every migration after the first release may run while the old version sells', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  expect(names.filter((name) => name.slice(0, 4) <= firstRelease)).toHaveLength(10);
  for (const name of names.filter((each) => each.slice(0, 4) > firstRelease)) {
    expect({ [name]: ruleBreaks(await readFile(new URL(name, folder), 'utf8')) }).toEqual({ [name]: [] });
  }
});

test('the fault suite upgrades to a version whose migrations keep the rule', async () => {
  const next = new URL('../../../prove/next-version/', import.meta.url);
  for (const name of await readdir(next)) {
    expect({ [name]: ruleBreaks(await readFile(new URL(name, next), 'utf8')) }).toEqual({ [name]: [] });
  }
});

describe('the rule allows', () => {
  test.each([
    ['a new table with its indexes, keys and first rows', `CREATE TABLE notes (id uuid PRIMARY KEY, order_id uuid NOT NULL REFERENCES orders (id));
      CREATE INDEX notes_order_id ON notes (order_id); ALTER TABLE notes ADD CHECK (id IS NOT NULL); INSERT INTO notes SELECT id, id FROM orders;`],
    ['a new column', 'ALTER TABLE orders ADD COLUMN gift boolean'],
    ['a new column with a constant default', `ALTER TABLE orders ADD COLUMN gift boolean NOT NULL DEFAULT false, ADD COLUMN note text DEFAULT 'none; so, far', ADD COLUMN added_at timestamptz DEFAULT now()`],
    ['a new column of a type with a length', 'ALTER TABLE orders ADD COLUMN rate numeric(5, 2) DEFAULT 0.5, ADD COLUMN tags text[]'],
    ['a constraint that is not validated yet', 'ALTER TABLE orders ADD CONSTRAINT a CHECK (gift OR note IS NULL) NOT VALID, ADD CONSTRAINT b FOREIGN KEY (note_id) REFERENCES notes (id) NOT VALID'],
    ['a key on an index that is there', 'ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE USING INDEX orders_number'],
    ['a new default, and room on pages', 'ALTER TABLE orders ALTER COLUMN gift SET DEFAULT true; ALTER TABLE orders SET (fillfactor = 90)'],
    ['a row', `INSERT INTO outbox_readers (reader) VALUES ('kafka')`],
    ['an index, its invalid predecessor removed first', '-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS a;\nCREATE INDEX CONCURRENTLY a ON orders (gift);'],
    ['validation by itself', '-- no transaction\nALTER TABLE orders VALIDATE CONSTRAINT a;'],
    ['a change of rows in committed batches', `-- no transaction
      DO $$ BEGIN LOOP UPDATE orders SET gift = false WHERE id IN (SELECT id FROM orders WHERE gift IS NULL LIMIT 1000); EXIT WHEN NOT FOUND; COMMIT; END LOOP; END $$;`],
    ['what says why it is harmless', '-- exception: the table has a handful of rows at most\nCREATE INDEX readers ON outbox_readers (updated_at);'],
    ['the same over two lines', '-- Something else.\n-- exception: the table has a handful\n-- of rows at most\nCREATE INDEX readers ON outbox_readers (updated_at);'],
  ])('%s', (_what, text) => expect(ruleBreaks(text)).toEqual([]));
});

describe('the rule finds', () => {
  test.each([
    ['an index that blocks writers', 'CREATE INDEX a ON orders (gift)'],
    ['a unique index that blocks writers', 'create unique index a on orders (gift)'],
    ['an index on a table that only has the name of a new one as its beginning', 'CREATE TABLE order_notes (id uuid); CREATE INDEX a ON orders (gift)'],
    ['CONCURRENTLY in a transaction', 'CREATE INDEX CONCURRENTLY a ON orders (gift)'],
    ['a check that reads the table', 'ALTER TABLE orders ADD CONSTRAINT a CHECK (gift)'],
    ['one without a name', 'ALTER TABLE orders ADD CHECK (gift)'],
    ['one behind a harmless action', 'ALTER TABLE orders ADD COLUMN gift boolean, ADD CONSTRAINT a CHECK (gift)'],
    ['a foreign key that reads the table', 'ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (note_id) REFERENCES notes (id)'],
    ['a key that builds its index', 'ALTER TABLE orders ADD CONSTRAINT a UNIQUE (gift)'],
    ['an exclusion constraint', 'ALTER TABLE orders ADD CONSTRAINT a EXCLUDE USING gist (gift WITH =)'],
    ['a foreign key within a new column', 'ALTER TABLE orders ADD COLUMN note_id uuid REFERENCES notes (id)'],
    ['a check within a new column', 'ALTER TABLE orders ADD COLUMN gift boolean CHECK (gift)'],
    ['a unique new column', 'ALTER TABLE orders ADD COLUMN number bigint UNIQUE'],
    ['a column that the old version does not fill', 'ALTER TABLE orders ADD COLUMN gift boolean NOT NULL'],
    ['a default that differs from row to row', 'ALTER TABLE orders ADD COLUMN number uuid DEFAULT gen_random_uuid()'],
    ['a clock as the default', 'ALTER TABLE orders ADD COLUMN at timestamptz DEFAULT clock_timestamp()'],
    ['a serial column', 'ALTER TABLE orders ADD COLUMN number bigserial'],
    ['an identity column', 'ALTER TABLE orders ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY'],
    ['a generated column', 'ALTER TABLE orders ADD COLUMN half bigint GENERATED ALWAYS AS (total_price / 2) STORED'],
    ['a change of type', 'ALTER TABLE orders ALTER COLUMN total_price TYPE numeric'],
    ['NOT NULL with its scan', 'ALTER TABLE orders ALTER COLUMN gift SET NOT NULL'],
    ['a column dropped while it is used', 'ALTER TABLE orders DROP COLUMN failure_reason'],
    ['a constraint dropped', 'ALTER TABLE orders DROP CONSTRAINT orders_failed_has_reason'],
    ['a rename', 'ALTER TABLE orders RENAME COLUMN failure_reason TO reason'],
    ['a table dropped', 'DROP TABLE cart_items'],
    ['validation in the transaction that adds the constraint', 'ALTER TABLE orders ADD CONSTRAINT a CHECK (gift) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT a'],
    ['two tables locked one after the other', 'ALTER TABLE orders ADD COLUMN gift boolean; ALTER TABLE variants ADD COLUMN gift boolean'],
    ['all rows changed at once', 'UPDATE orders SET gift = false'],
    ['all rows deleted at once', 'DELETE FROM cart_items'],
    ['all rows copied at once', 'INSERT INTO outbox (event_id) SELECT id FROM orders'],
    ['code that cannot be looked into', `DO $$ BEGIN ALTER TABLE orders ADD COLUMN gift boolean; END $$`],
    ['a lock', 'LOCK TABLE orders'],
    ['TRUNCATE', 'TRUNCATE cart_items'],
    ['a longer wait for locks', `SET lock_timeout = '1h'`],
    ['COMMIT', 'COMMIT'],
    ['a trigger', 'CREATE TRIGGER a BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f()'],
    ['an index build that cannot be repeated', '-- no transaction\nCREATE INDEX CONCURRENTLY a ON orders (gift)'],
    ['an index build that takes an invalid index for done', '-- no transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON orders (gift)'],
    ['an index that blocks writers, without a transaction', '-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS a;\nCREATE INDEX a ON orders (gift)'],
    ['ALTER TABLE without the time limit of a transaction', '-- no transaction\nALTER TABLE orders ADD COLUMN gift boolean'],
    ['an exception without the time limit of a transaction', '-- no transaction\n-- exception: each ALTER only changes rows of the catalog\nALTER TABLE orders ADD COLUMN gift boolean'],
    ['all rows changed at once, without a transaction', '-- no transaction\nUPDATE orders SET gift = false'],
    ['a loop without a commit', '-- no transaction\nDO $$ BEGIN LOOP UPDATE orders SET gift = false WHERE id IN (SELECT id FROM orders LIMIT 9); EXIT WHEN NOT FOUND; END LOOP; END $$'],
    ['an exception without a reason', '-- exception: small\nCREATE INDEX a ON orders (gift)'],
    ['a statement after one with an exception', '-- exception: the table has a handful of rows at most\nCREATE INDEX a ON outbox_readers (reader);\nCREATE INDEX b ON orders (gift)'],
    ['a statement behind a comment', '/* ALTER TABLE */ CREATE INDEX a -- CONCURRENTLY\nON orders (gift)'],
  ])('%s', (_what, text) => expect(ruleBreaks(text)).toHaveLength(1));
});
