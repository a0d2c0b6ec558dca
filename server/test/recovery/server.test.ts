import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { findImbalances } from '../imbalances.ts';
import { type SeenOrder, placeOrder, startLoad } from '../running-load.ts';
import { type ServerProcess, runCommand, sendTo, startServer } from '../server-process.ts';

const buyerCount = 24;

let home = '';
let dataDir = '';
let environment: Record<string, string> = {};
let server: ServerProcess;
let tokens: string[] = [];
let productId = '';

// The tests follow one shop through its life, each from where the one before it left off.
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'openrun recovery '));
  // Run as root, PostgreSQL is another account, which must be able to pass.
  await chmod(home, 0o755);
  dataDir = join(home, 'a shop of mine');
  environment = { OPENRUN_DATA_DIR: dataDir };
});
afterAll(async () => {
  await server?.stop();
  await rm(home, { recursive: true, force: true });
});

/** Asks the folder's own PostgreSQL, which runs beside the server or is started for the question. */
async function ask<T>(question: (rows: <R>(sql: string, values?: unknown[]) => Promise<R[]>) => Promise<T>): Promise<T> {
  const postgres = await startEmbeddedPostgres({ dataDir });
  const client = new Client({ connectionString: postgres.connectionString });
  await client.connect();
  try {
    return await question(async (sql, values) => (await client.query(sql, values)).rows);
  } finally {
    await client.end();
    if (postgres.startedHere) await postgres.stop();
  }
}

async function paidOrders(): Promise<string[]> {
  const rows = await ask((query) => query<{ id: string }>(`SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id WHERE o.status = 'SUCCESS' AND u.email LIKE 'buyer-%'`));
  return rows.map(({ id }) => id);
}

const acceptedIds = (seen: SeenOrder[]) => seen.flatMap(({ status, orderId = '' }) => (status === 201 ? orderId : []));

test('the first start on a folder that does not exist yet, with spaces in its path, opens a shop with products and sample accounts', async () => {
  server = await startServer(environment);

  const products = await sendTo(server.url, undefined, 'GET', '/products?limit=100&sort=price');
  expect(products.body.length).toBeGreaterThan(5);
  const [, email = '', password = ''] = /Log in +(\S+) or \S+, password (\S+)/.exec(server.stdout()) ?? [];
  expect((await sendTo(server.url, undefined, 'POST', '/auth/login', { email, password })).status).toBe(200);
  expect(await ask((query) => findImbalances(query as never))).toEqual([]);
  ({ productId } = products.body.find(({ stock }: { stock: number }) => stock > 0));
});

test('a shop that has opened has the connection over which orders are decided, before anybody has bought', async () => {
  const sessions = `SELECT count(*)::int AS desks FROM pg_stat_activity WHERE application_name = 'openrun desk'`;
  expect(await ask((query) => query(sessions))).toEqual([{ desks: 1 }]);
});

test('a shop that has opened makes files of the log ahead, for a rush that may begin', async () => {
  const ahead = `SELECT count(*)::int AS files FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_insert_lsn())`;
  // Made and filled one after another; that they lie ahead again is the last step. There are 32 of 16 MB, with less than half it would begin anew.
  await expect.poll(() => ask((query) => query(ahead)), { timeout: 120_000, interval: 500 }).toEqual([{ files: expect.toSatisfy((files: number) => files >= 16) }]);
});

test('customers made beside the running server can buy with the tokens written for them', async () => {
  const file = join(home, 'tokens.csv');

  const seeding = await runCommand(['seed', '--users', '200', '--balance', '1000', '--tokens', file], environment);

  expect(seeding).toMatchObject({ code: 0, stderr: '' });
  const lines = (await readFile(file, 'utf8')).trim().split('\n').map((line) => line.split(','));
  expect(lines).toHaveLength(200);
  tokens = lines.slice(0, buyerCount).map(([, token = '']) => token);
  const [userId, token] = lines[0] ?? [];
  expect(await sendTo(server.url, token, 'GET', '/balance')).toMatchObject({ status: 200, body: { userId, currentBalance: 1_000 } });
  // For the tests that follow: enough to buy all the time.
  await ask(async (query) => {
    await query(`UPDATE wallets SET balance = 100000000 WHERE balance = 1000`);
    await query(`UPDATE wallet_transactions SET amount = 100000000, balance_after = 100000000 WHERE amount = 1000`);
    const [variant] = await query<{ id: string; stock: number }>('SELECT id, stock FROM variants ORDER BY price, id LIMIT 1');
    await query('UPDATE variants SET stock = stock + 1000000 WHERE id = $1', [variant?.id]);
    await query(
      `INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, created_at)
       VALUES ($1, uuidv7(), 'ADJUST', 1000000, $2, $2 + 1000000, now())`,
      [variant?.id, variant?.stock],
    );
  });
});

test('a second server on the same folder is refused in one line, and the first goes on', async () => {
  const second = await runCommand(['start'], { ...environment, PORT: '0' });

  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/^openrun: Another Openrun server is running on .*a shop of mine.*\n$/);
  expect((await sendTo(server.url, undefined, 'GET', '/readyz')).status).toBe(200);
});

test('after kill -9 under load the next start finds every order that was answered exactly once, and repeats are answered from the record', async () => {
  const startedAt = 'SELECT pg_postmaster_start_time()::text AS at';
  const before = await ask((query) => query(startedAt));
  const load = startLoad(server.url, tokens, productId);
  await load.accepted(300);
  await server.kill();
  const seen = await load.end();
  const accepted = acceptedIds(seen);
  const broken = seen.filter(({ status }) => status === undefined);
  expect(broken.length).toBeGreaterThan(0);

  server = await startServer(environment);

  expect(await ask((query) => query(startedAt))).toEqual(before);
  const kept = await paidOrders();
  expect(new Set(kept).size).toBe(kept.length);
  expect(accepted.filter((id) => !kept.includes(id))).toEqual([]);
  // Nobody knows whether these went through; their keys do.
  const repeats = await Promise.all(broken.map((order) => placeOrder(server.url, order, productId)));
  expect(repeats.map(({ status }) => status)).toEqual(broken.map(() => 201));
  const first = await placeOrder(server.url, seen[0] ?? { key: '', token: '' }, productId);
  expect(first).toMatchObject({ status: 201, body: { orderId: seen[0]?.orderId }, headers: { 'idempotency-replayed': 'true' } });
  const repeated = repeats.map(({ body }): string => body.orderId);
  expect((await paidOrders()).toSorted()).toEqual([...accepted, ...repeated].toSorted());
  expect(await ask((query) => findImbalances(query as never))).toEqual([]);
});

test('SIGTERM under load answers everything that was accepted, ends with code 0 and stops PostgreSQL', async () => {
  const before = await paidOrders();
  const load = startLoad(server.url, tokens, productId);
  await load.accepted(200);
  const exit = await server.stop();
  const seen = await load.end();

  expect(exit).toMatchObject({ code: 0, stderr: '' });
  expect(seen.map(({ status }) => status).filter((status) => status !== undefined && status !== 201 && status !== 503)).toEqual([]);
  const postgres = await startEmbeddedPostgres({ dataDir });
  expect(postgres.startedHere).toBe(true);
  await postgres.stop();
  const kept = await paidOrders();
  expect(kept.filter((id) => !before.includes(id)).toSorted()).toEqual(acceptedIds(seen).toSorted());
});
