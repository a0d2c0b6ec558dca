import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Client } from 'pg';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { type MadeProduct, type TestShop, type TestUser, openShop } from '../shop.ts';

/** Two instances on one database, and a session beside them that holds a row: a person at a prompt, or a job that hangs. */
let shop: TestShop;
let other: TestShop;
let outsider: Client;
let hot: MadeProduct;
let calm: MadeProduct;
beforeAll(async () => {
  shop = await openShop({ DATABASE_LOCK_TIMEOUT_MS: '400' });
  other = await openShop({ DATABASE_LOCK_TIMEOUT_MS: '400', DATABASE_URL: shop.databaseUrl });
  outsider = new Client({ connectionString: shop.databaseUrl });
  await outsider.connect();
});
beforeEach(async () => {
  hot = await shop.newProduct({ price: 100, stocks: [10_000] });
  calm = await shop.newProduct({ price: 100, stocks: [10_000] });
  await outsider.query('BEGIN');
});
afterEach(async () => {
  await outsider.query('ROLLBACK');
  expect(await findImbalances(shop.rows)).toEqual([]);
});
afterAll(async () => {
  await outsider.end();
  await other.close();
  await shop.close();
});

const order = (buyer: TestUser, { productId }: MadeProduct) => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });
const holdVariant = ({ variantIds }: MadeProduct) => outsider.query('SELECT FROM variants WHERE id = $1 FOR UPDATE', variantIds);
const atBoth = async (count: number) => (await Promise.all(Array.from({ length: count }, () => Promise.all([shop.newBuyer(100_000), other.newBuyer(100_000)])))).flat();

test('while a row is held from outside, orders that need it are answered 503 and all others are accepted; after it all are', async () => {
  const buyers = await atBoth(10);
  await holdVariant(hot);
  const released = new AbortController();

  const onHot = buyers.slice(0, 10).map(async (buyer) => {
    for (const answers = []; ; ) {
      const answer = await order(buyer, hot);
      answers.push(answer);
      if (answer.status === 201) return answers;
      await sleep(20);
    }
  });
  const onCalm = buyers.slice(10).map(async (buyer) => {
    const answers = [];
    while (!released.signal.aborted) answers.push(await order(buyer, calm));
    return answers;
  });
  await sleep(3_000);
  released.abort();
  const calmAnswers = (await Promise.all(onCalm)).flat();
  await outsider.query('ROLLBACK');
  const hotAnswers = await Promise.all(onHot);

  expect(calmAnswers.filter(({ status }) => status !== 201)).toEqual([]);
  const refused = hotAnswers.flatMap((answers) => answers.slice(0, -1));
  expect(refused.map(({ status, body, headers }) => [status, body.code, headers['retry-after']])).toEqual(refused.map(() => [503, 'UNAVAILABLE', '1']));
  expect(hotAnswers.every((answers) => answers.length > 2)).toBe(true);
  expect((await order(buyers[0]!, hot)).status).toBe(201);
});

test('a held wallet concerns only its owner', async () => {
  const [owner, ...others] = await atBoth(5);
  await outsider.query('SELECT FROM wallets WHERE user_id = $1 FOR UPDATE', [owner!.userId]);

  const [refused, ...accepted] = await Promise.all([order(owner!, hot), ...others.map((buyer) => order(buyer, hot))]);

  expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
  expect(accepted.map(({ status }) => status)).toEqual(others.map(() => 201));
  expect(await owner!.send('GET', '/balance')).toMatchObject({ status: 200 });
});

test('a wallet that another desk holds does not keep its owner from claiming a coupon', async () => {
  const [owner, couponId] = [await shop.newBuyer(), await newCoupon(shop)];
  await outsider.query('SELECT FROM wallets WHERE user_id = $1 FOR NO KEY UPDATE', [owner.userId]);

  expect(await owner.send('POST', `/coupons/${couponId}/issue`)).toMatchObject({ status: 201 });
});

test('whatever a request needs, directly or through an order or a cart, it is answered while a row of it is held', async () => {
  const buyer = await shop.newBuyer(100_000);
  const operator = await shop.newOperator();
  const paid = await order(buyer, hot);
  await buyer.send('POST', '/cart/add', { productId: hot.productId, quantity: 1 });
  await holdVariant(hot);

  const answers = await Promise.all([
    order(buyer, hot),
    buyer.send('POST', '/orders', { items: [{ productId: hot.productId, variantId: hot.variantIds[0], quantity: 1 }] }),
    buyer.send('POST', '/cart/order', {}),
    buyer.send('POST', `/orders/${paid.body.orderId}/cancel`, {}),
    operator.send('POST', `/admin/variants/${hot.variantIds[0]}/stock`, { delta: 5, reason: 'count' }),
  ]);

  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [503, 'UNAVAILABLE']));
  expect((await order(buyer, calm)).status).toBe(201);
});

test('a lock on a whole table is no row: what needs it is answered 503, and all goes on when it is released', async () => {
  const buyers = await atBoth(5);
  await outsider.query('LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');

  const answers = await Promise.all(buyers.map((buyer) => order(buyer, hot)));
  expect(answers.map(({ status }) => status)).toEqual(buyers.map(() => 503));
  expect((await buyers[0]!.send('POST', '/balance/charge', { amount: 1 })).status).toBe(200);

  await outsider.query('ROLLBACK');
  expect((await Promise.all(buyers.map((buyer) => order(buyer, hot)))).map(({ status }) => status)).toEqual(buyers.map(() => 201));
});

test('instances that contend for one row while they look for locks do not take each other for a session that holds it', async () => {
  const [a, b, ...buyers] = await atBoth(15);
  await holdVariant(calm);
  const enough = new AbortController();
  const onHeld = [a!, b!].map(async (buyer) => {
    for (let refused = 0; refused < 10; ) if ((await order(buyer, calm)).status === 503) refused += 1;
  });
  void Promise.all(onHeld).then(() => enough.abort());
  const onContended = buyers.map(async (buyer) => {
    const answers = [];
    while (!enough.signal.aborted) answers.push(await order(buyer, hot));
    return answers;
  });
  const answers = (await Promise.all(onContended)).flat();

  expect(answers.length).toBeGreaterThan(buyers.length);
  expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
});
