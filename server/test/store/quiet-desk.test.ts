import type { Pool } from 'pg';
import { afterAll, afterEach, expect, inject, test, vi } from 'vitest';
import { openDatabase } from '../../src/infrastructure/postgres/database.ts';

const database = openDatabase({
  connectionString: inject('postgresUrl'),
  poolMax: 2,
  connectTimeoutMs: 5_000,
  lockTimeoutMs: 1_000,
  statementTimeoutMs: 5_000,
  onError: (error) => {
    throw error;
  },
});
const { pool, deskPool } = database;

afterEach(() => vi.useRealTimers());
afterAll(() => database.close());

async function sessionOf(each: Pool): Promise<number | undefined> {
  const { rows } = await each.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

test('after an hour in which nobody bought, the desk still has the connection with its prepared statements', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const [desk, reads] = [await sessionOf(deskPool), await sessionOf(pool)];

  vi.advanceTimersByTime(60 * 60_000);

  expect(await sessionOf(deskPool)).toBe(desk);
  // The hour has passed for the pools: that of the reads has let its connection go.
  expect(await sessionOf(pool)).not.toBe(reads);
});
