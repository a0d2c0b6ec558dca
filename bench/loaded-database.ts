import { type Database, openDatabase } from '../server/src/infrastructure/postgres/database.ts';
import { migrate } from '../server/src/infrastructure/postgres/migrate.ts';
import { type History, type OnStep, loadHistory } from './history/load-history.ts';

/** An index of a large table takes minutes; no statement here is worth giving up. */
const noLimitMs = 2 ** 30;

/** For a load of orders that must all succeed: nothing is in short supply. */
export const plenty = { balance: 100_000_000, stock: 500_000_000 };

/** Fills an empty database with a shop and its past, before a server runs on it; gives it open. */
export async function openLoaded(connectionString: string, history: History, onStep?: OnStep): Promise<Database> {
  const database = open(connectionString);
  try {
    await migrate(database);
    await loadHistory(database.pool, history, onStep);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Gives a database open that was filled before; undefined for an empty one. */
export async function openFilled(connectionString: string): Promise<Database | undefined> {
  const database = open(connectionString);
  const { rows: [made] } = await database.pool.query<{ table: string | null }>(`SELECT to_regclass('products') AS table`);
  if (made?.table && (await database.pool.query('SELECT FROM products LIMIT 1')).rowCount === 1) return database;
  await database.close();
  return undefined;
}

function open(connectionString: string): Database {
  return openDatabase({
    connectionString, poolMax: 2, connectTimeoutMs: 10_000, lockTimeoutMs: 10_000, statementTimeoutMs: noLimitMs,
    onError: (error) => process.stderr.write(`${error.message}\n`),
  });
}
