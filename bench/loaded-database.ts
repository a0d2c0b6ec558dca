import { type Database, openDatabase } from '../server/src/infrastructure/postgres/database.ts';
import { migrate } from '../server/src/infrastructure/postgres/migrate.ts';
import { type History, type OnStep, loadHistory } from './history/load-history.ts';

/** Nothing is in short supply, so that every order of a load succeeds. */
const plenty = { balance: 100_000_000, stock: 500_000_000 };

/** Fills an empty database with a shop and its past, before a server runs on it; gives it open. */
export async function openLoaded(connectionString: string, history: Omit<History, keyof typeof plenty>, onStep?: OnStep): Promise<Database> {
  const database = openDatabase({
    connectionString, poolMax: 2, connectTimeoutMs: 5_000, lockTimeoutMs: 10_000, statementTimeoutMs: 0, onError: (error) => process.stderr.write(`${error.message}\n`),
  });
  await migrate(database);
  await loadHistory(database.pool, { ...history, ...plenty }, onStep);
  return database;
}
