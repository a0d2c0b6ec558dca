import { assertInvariant } from '../../domain/refusal.ts';
import { arrayParameter } from './array-parameters.ts';
import type { Statements } from './packet.ts';

/** A statement that finds rows by ids. Each list of ids is one parameter, in this order. */
export interface Finding {
  name: string;
  text: string;
  ids: readonly string[][];
}

/** Gives the rows as the driver reads them; asks for nothing where there are no ids. */
export async function rowsOf<Row extends object>(statements: Statements, { name, text, ids }: Finding): Promise<Row[]> {
  if (ids.every((each) => each.length === 0)) return [];
  const { rows } = await statements.query<Row>({ name: `desk-${name}`, text, values: ids.map((each) => arrayParameter('uuid', each)) });
  return rows;
}

/**
 * Gives the rows too, made by `rowOf`, but they come as one text: the driver takes a message for each row and a string for each value, which cost
 * an order 22 µs of this process while the rows were held, and so 8; see docs/performance.md. The statement gives each row as
 * `concat_ws(',', …) AS line`, of columns that are never NULL and whose text has neither of the separators: ids, numbers and statuses.
 * Fails for a row of more or fewer values than `rowOf` takes.
 */
export async function joinedRowsOf<Row>(statements: Statements, { name, text, ids }: Finding, rowOf: (...values: string[]) => Row): Promise<Row[]> {
  const joined = `SELECT string_agg(line, ';') AS rows FROM (${text}) AS found`;
  const [found] = await rowsOf<{ rows: string | null }>(statements, { name, text: joined, ids });
  return (found?.rows?.split(';') ?? []).map((row) => {
    const values = row.split(',');
    assertInvariant(values.length === rowOf.length, `desk-${name} gave a row of ${values.length} values`);
    return rowOf(...values);
  });
}
