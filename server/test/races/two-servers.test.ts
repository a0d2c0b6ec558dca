import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findImbalances } from '../imbalances.ts';
import { type ServerProcess, sendTo, startServer } from '../server-process.ts';
import { type Answer, type TestShop, type TestUser, authSecret, openShop } from '../shop.ts';

let shop: TestShop;
let servers: ServerProcess[] = [];
beforeAll(async () => {
  shop = await openShop();
  const environment = { DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret };
  servers = await Promise.all([startServer(environment), startServer(environment)]);
});
afterEach(async () => expect(await findImbalances(shop.rows)).toEqual([]));
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await shop.close();
});

/** The n-th request goes to the n-th server, round and round. */
function sendThrough(n: number, user: TestUser | undefined, path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> {
  return sendTo(servers[n % servers.length]?.url ?? '', user?.token, 'POST', path, body, headers);
}

function countByOutcome(answers: Answer[]): Record<string, number> {
  const outcomes = Object.groupBy(answers, ({ status, body }) => (status < 300 ? String(status) : `${status} ${body.code}`));
  return Object.fromEntries(Object.entries(outcomes).map(([outcome, list = []]) => [outcome, list.length]));
}

async function balanceOf(user: TestUser): Promise<number> {
  return (await user.send('GET', '/balance')).body.currentBalance;
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

test('100 charges and 100 payments on one wallet at once end with exactly the sum', async () => {
  const buyer = await shop.newBuyer(500_000);
  const { productId } = await shop.newProduct({ price: 1_000, stocks: [1_000] });

  const answers = await Promise.all(
    times(100, (n) => [
      sendThrough(n, buyer, '/balance/charge', { amount: (n + 1) * 10 }),
      sendThrough(n + 1, buyer, '/order', { items: [{ productId, quantity: 1 }] }),
    ]).flat(),
  );

  expect(countByOutcome(answers)).toEqual({ 200: 100, 201: 100 });
  expect(await balanceOf(buyer)).toBe(500_000 + 10 * 5_050 - 100 * 1_000);
  const [history] = await shop.rows('SELECT count(*)::int AS lines FROM wallet_transactions WHERE user_id = $1', [buyer.userId]);
  expect(history).toEqual({ lines: 201 });
});

test('charges at once never pass the balance limit, and those that fit are all accepted', async () => {
  const buyer = await shop.newBuyer(500_000);

  const answers = await Promise.all(times(100, (n) => sendThrough(n, buyer, '/balance/charge', { amount: 10_000 })));

  expect(countByOutcome(answers)).toEqual({ 200: 50, '409 BALANCE_LIMIT_EXCEEDED': 50 });
  expect(await balanceOf(buyer)).toBe(1_000_000);
});

test('credit is spent once: a balance for 20 orders pays exactly 20 of 60 at once', async () => {
  const buyer = await shop.newBuyer(20_999);
  const { productId } = await shop.newProduct({ price: 1_000, stocks: [1_000] });

  const answers = await Promise.all(times(60, (n) => sendThrough(n, buyer, '/order', { items: [{ productId, quantity: 1 }] })));

  expect(countByOutcome(answers)).toEqual({ 201: 20, '409 INSUFFICIENT_BALANCE': 40 });
  expect(await balanceOf(buyer)).toBe(999);
});

test('when the last unit is contested, exactly one order succeeds', async () => {
  const { productId, variantIds } = await shop.newProduct({ price: 1_000, stocks: [1] });
  const buyers = await Promise.all(times(40, () => shop.newBuyer(5_000)));

  const answers = await Promise.all(buyers.map((buyer, n) => sendThrough(n, buyer, '/order', { items: [{ productId, quantity: 1 }] })));

  expect(countByOutcome(answers)).toEqual({ 201: 1, '409 OUT_OF_STOCK': 39 });
  expect(await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantIds[0]])).toEqual([{ stock: 0 }]);
});

test('orders that name the same products in opposite order all succeed', async () => {
  const first = await shop.newProduct({ price: 100, stocks: [1_000] });
  const second = await shop.newProduct({ price: 100, stocks: [1_000] });
  const buyers = await Promise.all(times(60, () => shop.newBuyer(5_000)));

  const answers = await Promise.all(
    buyers.map((buyer, n) => {
      const items = [first, second].map(({ productId }) => ({ productId, quantity: 1 }));
      return sendThrough(n >> 1, buyer, '/order', { items: n % 2 === 0 ? items : items.toReversed() });
    }),
  );

  expect(countByOutcome(answers)).toEqual({ 201: 60 });
  const variantIds = [...first.variantIds, ...second.variantIds];
  expect(await shop.rows('SELECT stock FROM variants WHERE id = ANY($1)', [variantIds])).toEqual([{ stock: 940 }, { stock: 940 }]);
});

test('one email registered many times at once opens exactly one account with one wallet', async () => {
  const spellings = ['rush@test.example', 'Rush@Test.Example'];

  const answers = await Promise.all(
    times(12, (n) => sendThrough(n, undefined, '/auth/register', { email: spellings[(n >> 1) % 2], password: 'correct horse', name: 'Rush' })),
  );

  expect(countByOutcome(answers)).toEqual({ 201: 1, '409 EMAIL_TAKEN': 11 });
  const opened = await shop.rows(`SELECT count(w.*)::int AS wallets FROM users u JOIN wallets w ON w.user_id = u.id WHERE email = 'rush@test.example'`);
  expect(opened).toEqual([{ wallets: 1 }]);
});

test('one Idempotency-Key sent many times through both servers at once orders exactly once', async () => {
  const buyer = await shop.newBuyer(100_000);
  const { productId } = await shop.newProduct({ price: 1_000, stocks: [100] });

  const answers = await Promise.all(
    times(60, (n) => sendThrough(n, buyer, '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'tapped-twice' })),
  );

  expect(countByOutcome(answers)).toEqual({ 201: 60 });
  expect(new Set(answers.map(({ body }) => body.orderId)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(59);
  expect(await balanceOf(buyer)).toBe(99_000);
});

test('one Idempotency-Key of an operator, whose wallet is not the one locked, charges exactly once', async () => {
  const operator = await shop.newOperator();
  const buyer = await shop.newBuyer();
  const body = { userId: buyer.userId, amount: 700 };

  const answers = await Promise.all(times(60, (n) => sendThrough(n, operator, '/balance/charge', body, { 'idempotency-key': 'goodwill' })));

  expect(answers.map((answer) => answer.body)).toEqual(times(60, () => ({ userId: buyer.userId, currentBalance: 700 })));
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(59);
});

test('one refresh token used through both servers at once is good for at most one refresh', async () => {
  const credentials = { email: 'two-tabs@test.example', password: 'correct horse' };
  await sendThrough(0, undefined, '/auth/register', { ...credentials, name: 'Two tabs' });
  const { refreshToken } = (await sendThrough(1, undefined, '/auth/login', credentials)).body;

  const answers = await Promise.all(times(20, (n) => sendThrough(n, undefined, '/auth/refresh', { refreshToken })));

  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  expect(answers.filter(({ status }) => status === 200 || status === 401)).toHaveLength(20);
});
