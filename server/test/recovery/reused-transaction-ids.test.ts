import path from 'node:path';
import { Pool, type PoolClient } from 'pg';
import { expect, test } from 'vitest';
import { learnOrigin, wasCommitted } from '../../src/infrastructure/postgres/commit-outcome.ts';
import { embeddedFixtures } from './embedded-fixtures.ts';

const { home, start } = embeddedFixtures();

const idOf = async (on: Pool | PoolClient): Promise<string> =>
  (await on.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')).rows[0]?.id ?? '';

/** As a fault of memory would: PostgreSQL ends all other sessions too, and recovers from its log by itself. */
async function killSession(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => pool.query('SELECT 1').then(() => 'served', () => 'not served'), { timeout: 20_000 }).toBe('served');
}

test('a transaction lost in a crash is not taken for the one that has its id afterwards', async () => {
  const { connectionString } = await start(path.join(home(), 'reused-ids'));
  const pool = new Pool({ connectionString, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const client = await pool.connect();
  learnOrigin(client);
  await client.query('BEGIN');
  const lost = await idOf(client);

  await killSession(pool);
  let next = '';
  while (BigInt(next || 0) < BigInt(lost)) next = await idOf(pool);

  const { rows } = await pool.query('SELECT pg_xact_status($1::xid8) AS status', [lost]);
  expect(rows).toEqual([{ status: 'committed' }]);
  expect(await wasCommitted(pool, client, { transactionId: lost })).toBe(false);
  client.release(true);
  await pool.end();
});
