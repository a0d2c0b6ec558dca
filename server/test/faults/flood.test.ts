import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findImbalances } from '../imbalances.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { type MadeProduct, type TestShop, type TestUser, authSecret, openShop } from '../shop.ts';

/** A server that takes few at a time, and far more requests at once than that. */
let shop: TestShop;
let server: ServerProcess;
let product: MadeProduct;
let buyers: TestUser[];
const agent = new Agent({ keepAlive: true, maxSockets: 100 });
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
  server = await startServer({
    DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret,
    DESK_BATCH_MAX: '2', DESK_QUEUE_MAX: '4', DATABASE_POOL_MAX: '1', DATABASE_WAITING_MAX: '3', PASSWORD_HASHES_WAITING_MAX: '2',
  });
  product = await shop.newProduct({ price: 100, stocks: [500] });
  buyers = await Promise.all(Array.from({ length: 40 }, () => shop.newBuyer(1_000_000)));
});
afterAll(async () => {
  agent.destroy();
  await server.stop();
  await shop.close();
});

interface Seen {
  status: number | undefined;
  code: string | undefined;
  retryAfter: string | undefined;
}

function send(method: string, path: string, token?: string, body?: unknown, headers: Record<string, string> = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const outgoing = request(new URL(path, server.url), { method, agent, headers: { ...authorization, 'content-type': 'application/json', ...headers } }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString()));
      response.on('end', () => {
        const isProblem = response.headers['content-type']?.startsWith('application/problem+json');
        resolve({ status: response.statusCode, code: isProblem ? JSON.parse(text).code : undefined, retryAfter: response.headers['retry-after'] });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const order = ({ token }: TestUser, key: string) => send('POST', '/order', token, { items: [{ productId: product.productId, quantity: 1 }] }, { 'idempotency-key': key });
const overloaded: Seen = { status: 503, code: 'OVERLOADED', retryAfter: '1' };

test('a flood of orders is sold or refused with 503 and Retry-After, health checks answer during it, and the books add up', async () => {
  const flood = Promise.all(Array.from({ length: 2_000 }, (_, n) => order(buyers[n % buyers.length]!, `flood-${n}`)));
  const health = Promise.all(Array.from({ length: 20 }, () => Promise.all([send('GET', '/healthz'), send('GET', '/readyz')])));

  const answers = await flood;
  expect((await health).flat().map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));

  const sold = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status }) => status === 503);
  const outOfStock = answers.filter(({ status, code }) => status === 409 && code === 'OUT_OF_STOCK');
  expect(sold.length + refused.length + outOfStock.length).toBe(answers.length);
  expect(refused).toEqual(refused.map(() => overloaded));
  expect(refused.length).toBeGreaterThan(0);
  expect(await shop.rows('SELECT stock FROM variants WHERE id = $1', [product.variantIds[0]])).toEqual([{ stock: 500 - sold.length }]);
  expect(await findImbalances(shop.rows)).toEqual([]);
});

test('a refused order can be repeated with its key until it is sold', async () => {
  const { productId } = await shop.newProduct({ price: 100, stocks: [200] });
  const buy = async (buyer: TestUser, key: string): Promise<Seen> => {
    const answer = await send('POST', '/order', buyer.token, { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': key });
    return answer.status === 503 ? buy(buyer, key) : answer;
  };

  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => buy(buyers[n % buyers.length]!, `again-${n}`)));

  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(await findImbalances(shop.rows)).toEqual([]);
});

test('a flood of reads is answered or refused with 503 and Retry-After, and sales go on', async () => {
  const reads = Promise.all(Array.from({ length: 1_000 }, (_, n) => send('GET', '/orders', buyers[n % buyers.length]!.token)));
  const sale = send('POST', '/balance/charge', buyers[0]!.token, { amount: 0 });

  const answers = await reads;
  const refused = answers.filter(({ status }) => status === 503);
  expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  expect(refused).toEqual(refused.map(() => overloaded));
  expect(refused.length).toBeGreaterThan(0);
  expect((await sale).status).toBe(200);
});

test('a flood of logins is refused beyond those who wait for a password to be hashed', async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => send('POST', '/auth/login', undefined, { email: 'nobody@test.example', password: 'correct horse' })));

  expect(answers.filter(({ status }) => status !== 401 && status !== 503)).toEqual([]);
  expect(answers.filter(({ status }) => status === 503)).toEqual(Array.from({ length: answers.filter(({ status }) => status === 503).length }, () => overloaded));
  expect(answers.some(({ status }) => status === 401)).toBe(true);
  expect(answers.some(({ status }) => status === 503)).toBe(true);
});

test('a flood is refused at the set pace, its last one as well as its first', async () => {
  const slow = await startServer({ DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret, DATABASE_POOL_MAX: '1', DATABASE_WAITING_MAX: '1', REFUSALS_PER_SECOND_MAX: '20' });
  // While the table is held, one read has the only connection and one waits for it; so whatever the machine does, the others are too many.
  const holder = new Client({ connectionString: shop.databaseUrl });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE orders');
  let startMs = performance.now();
  const read = async (n: number) => {
    const answer = await fetch(`${slow.url}/orders`, { headers: { authorization: `Bearer ${buyers[n % buyers.length]!.token}` } });
    const { code } = (await answer.json()) as { code?: string };
    return { status: answer.status, code, retryAfter: answer.headers.get('retry-after'), tookMs: performance.now() - startMs };
  };
  // A flood that comes as a whole before the first of it waits would not be too much yet.
  while ((await Promise.race([read(0), sleep(200)])) === undefined);
  startMs = performance.now();
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => read(n)));
  await holder.end();

  const refused = answers.filter(({ code }) => code === 'OVERLOADED').toSorted((a, b) => a.tookMs - b.tookMs);
  expect(refused.length).toBeGreaterThan(50);
  expect(refused.map(({ status, code, retryAfter }) => ({ status, code, retryAfter }))).toEqual(refused.map(() => overloaded));
  expect(refused.at(-1)?.tookMs).toBeGreaterThan(((refused.length - 2) / 20) * 1_000);
  await slow.stop();
});

test('the metrics tell how many were refused early', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();

  expect(Number(/^openrun_shed_requests_total (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
});
