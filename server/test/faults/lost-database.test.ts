import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compose, connect } from '../../src/compose.ts';
import { createLogger } from '../../src/logger.ts';
import type { Database } from '../../src/infrastructure/postgres/database.ts';
import { findImbalances } from '../imbalances.ts';
import { startServer } from '../server-process.ts';
import { type Answer, type TestShop, type TestUser, authSecret, openShop, send } from '../shop.ts';
import { type CuttableProxy, proxyTo } from './cuttable-proxy.ts';

/** A shop for fixtures and questions, and a second instance whose database can be lost. */
let shop: TestShop;
let proxy: CuttableProxy;
let database: Database;
let instance: Awaited<ReturnType<typeof compose>>;
beforeAll(async () => {
  shop = await openShop({ DATABASE_STATEMENT_TIMEOUT_MS: '2000', DATABASE_CONNECT_TIMEOUT_MS: '1000' });
  proxy = await proxyTo(shop.databaseUrl);
  const log = createLogger(shop.config);
  database = connect(shop.config, proxy.url, log);
  instance = await compose(shop.config, database, authSecret, log);
  await instance.app.ready();
  instance.startWorkers();
});
afterAll(async () => {
  await instance.stop();
  await database.close();
  await proxy.cut();
  await shop.close();
});

const sendAs = (user: TestUser, ...request: Parameters<TestUser['send']>) => send(instance.app, user.token, ...request);
const ready = async () => (await send(instance.app, undefined, 'GET', '/readyz')).status;
const terminateAll = () =>
  shop.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'openrun%'`);

test('without its database everything that needs it answers 503 without internals; the process lives, and recovers by itself', async () => {
  const buyer = await shop.newBuyer();
  const { productId } = await shop.newProduct();
  const ask = () =>
    Promise.all([
      sendAs(buyer, 'POST', '/balance/charge', { amount: 1 }),
      sendAs(buyer, 'POST', '/order', { items: [{ productId, quantity: 1 }] }),
      sendAs(buyer, 'GET', '/balance'),
      sendAs(buyer, 'GET', '/orders'),
      sendAs(buyer, 'GET', '/products'),
      sendAs(buyer, 'GET', '/readyz'),
      sendAs(buyer, 'POST', '/auth/login', { email: 'kim@test.example', password: 'correct horse' }),
      sendAs(buyer, 'POST', '/auth/refresh', { refreshToken: 'x' }),
    ]);
  await proxy.cut();

  for (const { status, body, headers } of await ask()) {
    expect({ status, body, retry: headers['retry-after'] }).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' }, retry: '1' });
    expect(Object.keys(body).toSorted()).toEqual(['code', 'status', 'title', 'type']);
  }
  expect((await send(instance.app, undefined, 'GET', '/healthz')).status).toBe(200);

  await proxy.mend();
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  expect(await sendAs(buyer, 'POST', '/balance/charge', { amount: 7 })).toMatchObject({ status: 200, body: { currentBalance: 7 } });
});

test('a database that falls silent, without a word, is given up after its time; what was asked is answered 503, and it recovers', async () => {
  const buyer = await shop.newBuyer();
  // The connections for reads and for sales are there, and idle.
  expect((await sendAs(buyer, 'GET', '/balance')).status).toBe(200);
  expect((await sendAs(buyer, 'POST', '/balance/charge', { amount: 1 })).status).toBe(200);
  proxy.mute();

  const answers = await Promise.all([
    sendAs(buyer, 'POST', '/balance/charge', { amount: 1 }, { 'idempotency-key': 'silent' }),
    sendAs(buyer, 'GET', '/balance'),
    sendAs(buyer, 'GET', '/readyz'),
  ]);

  expect(answers.map(({ status, headers }) => [status, headers['retry-after']])).toEqual([[503, '1'], [503, '1'], [503, '1']]);
  proxy.unmute();
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  expect(await sendAs(buyer, 'POST', '/balance/charge', { amount: 1 }, { 'idempotency-key': 'silent' })).toMatchObject({ status: 200, body: { currentBalance: 2 } });
});

test('a lost connection is told in the log, without its keys and the statements that it knew', async () => {
  const server = await startServer({ DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret, LOG_LEVEL: 'warn' });
  const lost = () => server.stderr().split('\n').filter((line) => line.includes('database connection lost'));
  try {
    await fetch(`${server.url}/products`);
    await terminateAll();
    await expect.poll(() => lost().length, { timeout: 10_000 }).toBeGreaterThan(0);
  } finally {
    await server.stop();
  }

  // In which words depends on the moment: the database's own, or, where a query was given those or was just being sent, an end or a reset.
  for (const line of lost()) {
    expect(JSON.parse(line).err).toMatchObject({ type: expect.any(String), message: expect.stringMatching(/./) });
    expect(line).not.toMatch(/secretKey|SELECT/);
  }
});

test('a connection that breaks while a transaction holds it ends neither the process nor the pool', async () => {
  for (const pool of [database.pool, database.deskPool]) {
    const client = await pool.connect();
    await client.query('BEGIN');
    await terminateAll();
    await sleep(100);
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release();
    await expect(pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
  }
});

test('orders under way when connections are broken, again and again, are kept once or not at all; their keys tell which', async () => {
  const { productId } = await shop.newProduct({ price: 100, stocks: [10_000] });
  const buyers = await Promise.all(Array.from({ length: 20 }, () => shop.newBuyer(1_000_000)));
  const order = (buyer: TestUser, n: number) => sendAs(buyer, 'POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': `order-${n}` });
  const broken = new AbortController();
  const breaker = (async () => {
    for (let n = 0; n < 12; n += 1) {
      await sleep(40);
      if (n % 3 < 2) await terminateAll();
      else await proxy.cut().then(() => proxy.mend());
    }
    broken.abort();
  })();

  const unsure: [TestUser, number][] = [];
  const answers: Answer[] = [];
  await Promise.all(
    buyers.map(async (buyer) => {
      for (let n = 0; !broken.signal.aborted || n < 5; n += 1) {
        const answer = await order(buyer, n);
        answers.push(answer);
        if (answer.status !== 201) unsure.push([buyer, n]);
        await sleep(5);
      }
    }),
  );
  await breaker;
  await expect.poll(ready, { timeout: 10_000 }).toBe(200);

  expect(unsure.length).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]);
  const repeats = await Promise.all(unsure.map(([buyer, n]) => order(buyer, n)));
  expect(repeats.map(({ status }) => status)).toEqual(unsure.map(() => 201));
  const [kept] = await shop.rows(`SELECT count(*)::int AS orders FROM orders o JOIN order_items i ON i.order_id = o.id JOIN variants v ON v.id = i.variant_id WHERE v.product_id = $1`, [productId]);
  expect(kept).toEqual({ orders: answers.length });
  expect(await findImbalances(shop.rows)).toEqual([]);
});
