import { type ArrayType, arrayParameter } from './array-parameters.ts';
import type { Statements } from './packet.ts';

/** A column's SQL type, and its value in a row. */
type Columns<Row> = Record<string, readonly [type: ArrayType, value: (row: Row) => unknown]>;

/** The change of one table: its statement with the number of its first parameter left open, and an array for each column. */
interface TableChange {
  statement: SetStatement;
  values: Buffer[];
}

interface SetStatement {
  id: string;
  textFrom: (firstParameter: number) => string;
}

/** Gives the change for all rows; undefined where there are none. */
type ChangeOf<Row> = (rows: Iterable<Row>) => TableChange | undefined;

/** From how many rows on the places of an array are too many to be passed over. */
const many = 500;

/**
 * One INSERT for any number of rows: a column is one array parameter, so the statement is prepared once. `unnest` puts each value into a
 * row of its own first, so the values of a batch are taken by their place in the array; but a place in an array of texts is found by passing
 * over all before it.
 */
export function insertAll<Row>(table: string, columns: Columns<Row>): ChangeOf<Row> {
  const into = `INSERT INTO ${table} (${Object.keys(columns).join(', ')})`;
  const insertMany = changeOf(`insert many ${table}`, columns, (arrays) => `${into} SELECT * FROM unnest(${arrays.join(', ')})`);
  const insertBatch = changeOf(`insert ${table}`, columns, (arrays) => `
    ${into} SELECT ${arrays.map((array) => `(${array})[place]`).join(', ')} FROM generate_series(1, cardinality(${arrays[0]})) AS place`);
  return (rows) => {
    const list = Array.from(rows);
    return list.length < many ? insertBatch(list) : insertMany(list);
  };
}

/** One UPDATE for any number of rows, found by `key`, which together identify a row. The rows are locked by then. */
export function updateAll<Row>(table: string, key: Columns<Row>, changed: Columns<Row>): ChangeOf<Row> {
  const columns = { ...key, ...changed };
  const assignments = Object.keys(changed).map((name) => `${name} = changed.${name}`);
  const found = Object.keys(key).map((name) => `${table}.${name} = changed.${name}`);
  const update = changeOf(`update ${table}`, columns, (arrays) => `
    UPDATE ${table} SET ${[...assignments, 'updated_at = now()'].join(', ')}
    FROM unnest(${arrays.join(', ')}) AS changed (${Object.keys(columns).join(', ')})
    WHERE ${found.join(' AND ')}`);
  return (rows) => update(Array.from(rows));
}

function changeOf<Row>(id: string, columns: Columns<Row>, textWith: (arrays: string[]) => string) {
  const types = Object.values(columns).map(([type]) => type);
  const valueOf = Object.values(columns).map(([, value]) => value);
  const textFrom = (first: number) => textWith(types.map((type, index) => `$${first + index}::${type}[]`));
  const statement = { id, textFrom };
  return (rows: Row[]): TableChange | undefined => {
    if (rows.length === 0) return undefined;
    return { statement, values: types.map((type, index) => arrayParameter(type, rows.map(valueOf[index] as (row: Row) => unknown))) };
  };
}

/** By the ids of its parts; the tables that a batch changes are nearly always the same few combinations. */
const combined = new Map<string, { name: string; text: string }>();

/**
 * Sends the changes of several tables as one statement: a statement for each would cost each its own start, message and answer. They
 * see the rows as they were before all of them, and keys are checked after all of them, so their order does not count.
 */
export function saveTogether(statements: Statements, changes: (TableChange | undefined)[]): Promise<unknown> | undefined {
  const sent = changes.filter((change) => change !== undefined);
  if (sent.length === 0) return undefined;
  const id = sent.map(({ statement }) => statement.id).join(', ');
  const query = combined.get(id) ?? combine(sent.map(({ statement }) => statement), `desk-save-${combined.size}`, sent);
  combined.set(id, query);
  return statements.query({ ...query, values: sent.flatMap(({ values }) => values) });
}

function combine(statements: SetStatement[], name: string, changes: TableChange[]): { name: string; text: string } {
  let parameter = 1;
  const parts = statements.map(({ textFrom }, index) => {
    const text = `change_${index} AS (${textFrom(parameter)})`;
    parameter += changes[index]?.values.length ?? 0;
    return text;
  });
  return { name, text: `WITH ${parts.join(', ')} SELECT` };
}
