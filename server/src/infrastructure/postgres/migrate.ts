import { readFile, readdir } from 'node:fs/promises';
import { Migrator, type MigrationProvider } from 'kysely/migration';
import { sql } from 'kysely';
import type { Db } from './database.ts';

const folder = new URL('../../../migrations/', import.meta.url);

/** The numbered SQL files of `migrations/`, each run once, in order, each batch in one transaction. */
const sqlFiles: MigrationProvider = {
  async getMigrations() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
    const entries = names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return [name.replace(/\.sql$/, ''), { up: async (db: Db) => void (await sql.raw(text).execute(db)) }] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  },
};

/** Brings the database to the newest version. Gives the names of the migrations that ran; several processes may call it at once. */
export async function migrate(db: Db): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider: sqlFiles }).migrateToLatest();
  if (error) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
}
