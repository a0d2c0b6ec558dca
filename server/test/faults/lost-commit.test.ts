import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compose, connect } from '../../src/compose.ts';
import { createLogger } from '../../src/logger.ts';
import type { Database } from '../../src/infrastructure/postgres/database.ts';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { type MadeProduct, type TestShop, type TestUser, authSecret, openShop, send } from '../shop.ts';
import { type CuttableProxy, proxyTo } from './cuttable-proxy.ts';

/** A shop for fixtures and questions, and a second instance whose connections can be broken at a chosen moment. */
let shop: TestShop;
let proxy: CuttableProxy;
let database: Database;
let instance: Awaited<ReturnType<typeof compose>>;
let buyer: TestUser;
let product: MadeProduct;
beforeAll(async () => {
  shop = await openShop();
  proxy = await proxyTo(shop.databaseUrl);
  const log = createLogger(shop.config);
  database = connect(shop.config, proxy.url, log);
  instance = await compose(shop.config, database, authSecret, log);
  await instance.app.ready();
});
beforeEach(async () => {
  buyer = await shop.newBuyer(10_000);
  product = await shop.newProduct({ price: 1_000, stocks: [10] });
  await sendAs(buyer, 'GET', '/balance');
});
afterAll(async () => {
  expect(await findImbalances(shop.rows)).toEqual([]);
  await instance.stop();
  await database.close();
  await proxy.cut();
  await shop.close();
});

const sendAs = (user: TestUser, ...request: Parameters<TestUser['send']>) => send(instance.app, user.token, ...request);
const order = (by = buyer) => sendAs(by, 'POST', '/order', { items: [{ productId: product.productId, quantity: 1 }] });
const claim = (by: TestUser, couponId: string) => sendAs(by, 'POST', `/coupons/${couponId}/issue`);
const issuedTo = ({ userId }: TestUser) => shop.rows('SELECT id FROM issued_coupons WHERE user_id = $1', [userId]);
const left = async () => (await shop.rows('SELECT stock FROM variants WHERE id = $1', [product.variantIds[0]]))[0];

/** The instance remembers it, since it has issued two coupons of it. */
async function rememberedCampaign(): Promise<string> {
  const couponId = await newCoupon(shop);
  for (let n = 0; n < 2; n += 1) expect((await claim(await shop.newBuyer(), couponId)).status).toBe(201);
  return couponId;
}

test('an order whose COMMIT took place but was not answered is answered as the success that it is, once', async () => {
  const broken = proxy.breakAt('answer', 'COMMIT');

  const answer = await order();

  await broken;
  expect(answer).toMatchObject({ status: 201, body: { orderStatus: 'SUCCESS', totalPrice: 1_000 } });
  expect(await left()).toEqual({ stock: 9 });
  expect((await shop.rows('SELECT id FROM orders WHERE user_id = $1', [buyer.userId])).map(({ id }) => id)).toEqual([answer.body.orderId]);
});

test('the same where several orders shared the transaction: each gets its own answer', async () => {
  const buyers = await Promise.all(Array.from({ length: 13 }, () => shop.newBuyer(10_000)));
  const broken = proxy.breakAt('answer', 'COMMIT');

  const answers = await Promise.all(buyers.map((each) => order(each)));

  await broken;
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(10);
  expect(statuses.filter((status) => status === 409)).toHaveLength(3);
  const transactions = await shop.rows(
    'SELECT DISTINCT transaction_id FROM outbox JOIN orders o ON o.id = subject WHERE o.user_id = ANY($1)',
    [buyers.map(({ userId }) => userId)],
  );
  expect(transactions).toHaveLength(1);
  expect(await left()).toEqual({ stock: 0 });
});

test('an order whose COMMIT never arrived is answered with 503, and nothing of it is kept', async () => {
  const broken = proxy.breakAt('request', 'COMMIT');

  const answer = await order();

  await broken;
  expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' }, headers: { 'retry-after': '1' } });
  expect(await left()).toEqual({ stock: 10 });
  expect(await shop.rows('SELECT id FROM orders WHERE user_id = $1', [buyer.userId])).toEqual([]);
  expect((await order()).status).toBe(201);
});

test('an order whose transaction still runs when the connection breaks is answered when it has ended', async () => {
  const blocker = await shop.database.pool.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
  const broken = proxy.breakAt('passed request', 'COMMIT');

  const answered = order();
  await broken;
  await sleep(200);
  await blocker.query('COMMIT');
  blocker.release();

  expect((await answered).status).toBe(201);
  expect(await left()).toEqual({ stock: 9 });
});

describe('claims that were decided before the database was asked', () => {
  test('and whose COMMIT took place but was not answered are answered as the successes that they are, once', async () => {
    const couponId = await rememberedCampaign();
    const other = await shop.newBuyer();
    const broken = proxy.breakAt('answer', 'asRecalled');

    const answers = await Promise.all([claim(buyer, couponId), claim(other, couponId)]);

    await broken;
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(await issuedTo(buyer)).toEqual([{ id: answers[0]?.body.issuedCouponId }]);
    expect(await issuedTo(other)).toEqual([{ id: answers[1]?.body.issuedCouponId }]);
    expect(await claim(await shop.newBuyer(), couponId)).toMatchObject({ status: 201, body: { sequence: 5 } });
  });

  test('and that never arrived are answered with 503, and nothing of them is kept', async () => {
    const couponId = await rememberedCampaign();
    const broken = proxy.breakAt('request', 'desk-campaign-as-recalled');

    const answer = await claim(buyer, couponId);

    await broken;
    expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
    expect(await issuedTo(buyer)).toEqual([]);
    expect(await claim(buyer, couponId)).toMatchObject({ status: 201, body: { sequence: 3 } });
  });

  test('and whose transaction still runs when the connection breaks are answered when it has ended', async () => {
    const couponId = await rememberedCampaign();
    const blocker = await shop.database.pool.connect();
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE coupon_history IN ACCESS EXCLUSIVE MODE');
    const broken = proxy.breakAt('passed request', 'desk-campaign-as-recalled');

    const answered = claim(buyer, couponId);
    await broken;
    await sleep(200);
    await blocker.query('COMMIT');
    blocker.release();

    expect(await answered).toMatchObject({ status: 201, body: { sequence: 3 } });
    expect(await issuedTo(buyer)).toHaveLength(1);
  });
});

test('an operator whose change was committed but not answered is told of it', async () => {
  const operator = await shop.newOperator();
  const broken = proxy.breakAt('answer', 'COMMIT');

  const answer = await sendAs(operator, 'PATCH', `/admin/products/${product.productId}`, { status: 'SUSPENDED' }, { 'if-match': '"1"' });

  await broken;
  expect(answer).toMatchObject({ status: 200, body: { status: 'SUSPENDED' } });
});

test('where the database has another history than the transaction, its id says nothing: 503', async () => {
  const broken = proxy.breakAt('answer', 'COMMIT');
  // As after the promotion of a replica, whose WAL has another timeline.
  await shop.rows(`CREATE FUNCTION public.pg_walfile_name(pg_lsn) RETURNS text LANGUAGE sql RETURN '00000002'`);
  await shop.rows(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`);

  const answer = await order();

  await broken;
  expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } });
  expect(await left()).toEqual({ stock: 9 });
});
