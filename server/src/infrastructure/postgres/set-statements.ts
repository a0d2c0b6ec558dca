import type { PoolClient } from 'pg';

/** A column's SQL type, and its value in a row. */
type Columns<Row> = Record<string, readonly [type: string, value: (row: Row) => unknown]>;

/** Sends one statement for all rows; nothing, and gives undefined, where there are none. */
export type SetStatement<Row> = (client: PoolClient, rows: Iterable<Row>) => Promise<unknown> | undefined;

/** One INSERT for any number of rows: a column is one array parameter, so the statement is prepared once. */
export function insertAll<Row>(table: string, columns: Columns<Row>): SetStatement<Row> {
  const names = Object.keys(columns).join(', ');
  return statement(`desk-insert-${table}`, `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${parameters(columns)})`, columns);
}

/** One UPDATE for any number of rows, found by `key`, which together identify a row. The rows are locked by then. */
export function updateAll<Row>(table: string, key: Columns<Row>, changed: Columns<Row>): SetStatement<Row> {
  const columns = { ...key, ...changed };
  const assignments = Object.keys(changed).map((name) => `${name} = changed.${name}`);
  const found = Object.keys(key).map((name) => `${table}.${name} = changed.${name}`);
  const text = `
    UPDATE ${table} SET ${[...assignments, 'updated_at = now()'].join(', ')}
    FROM unnest(${parameters(columns)}) AS changed (${Object.keys(columns).join(', ')})
    WHERE ${found.join(' AND ')}`;
  return statement(`desk-update-${table}`, text, columns);
}

function statement<Row>(name: string, text: string, columns: Columns<Row>): SetStatement<Row> {
  const valueOf = Object.values(columns).map(([, value]) => value);
  return (client, rows) => {
    const list = Array.from(rows);
    if (list.length === 0) return undefined;
    return client.query({ name, text, values: valueOf.map((value) => list.map(value)) });
  };
}

function parameters(columns: Columns<never>): string {
  return Object.values(columns)
    .map(([type], index) => `$${index + 1}::${type}[]`)
    .join(', ');
}
