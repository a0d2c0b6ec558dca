import type { PoolClient } from 'pg';

interface Definition {
  table: string;
  name: string;
  definition: string;
}

/**
 * Runs `load` without the foreign keys of the whole schema and without the keys and indexes of `tables`, then makes them anew: much faster than
 * keeping them up row by row. All of it belongs to the client's transaction, so nothing is lost if it fails.
 */
export async function withoutIndexes(client: PoolClient, tables: string[], load: () => Promise<void>, onStep: (step: string) => void): Promise<void> {
  const foreignKeys = await constraints(client, `contype = 'f'`);
  const keys = await constraints(client, `contype IN ('p', 'u') AND relname = ANY($1)`, [tables]);
  const { rows: indexes } = await client.query<Definition>(
    `SELECT tablename AS table, indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE schemaname = current_schema() AND tablename = ANY($1) AND indexname <> ALL($2) ORDER BY 1, 2`,
    [tables, keys.map(({ name }) => name)],
  );
  for (const { table, name } of [...foreignKeys, ...keys]) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await load();
  for (const { table, name, definition } of keys) {
    onStep(`key ${name}`);
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  }
  for (const { name, definition } of indexes) {
    onStep(`index ${name}`);
    await client.query(definition);
  }
  await client.query('ANALYZE');
  for (const { table, name, definition } of foreignKeys) {
    onStep(`foreign key ${name}`);
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  }
}

async function constraints(client: PoolClient, where: string, values: unknown[] = []): Promise<Definition[]> {
  const { rows } = await client.query<Definition>(
    `SELECT quote_ident(relname) AS table, quote_ident(conname) AS name, pg_get_constraintdef(c.oid) AS definition
     FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid
     WHERE connamespace = current_schema()::regnamespace AND ${where} ORDER BY 1, 2`,
    values,
  );
  return rows;
}
