import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { issueTo } from '../issued-coupons.ts';
import { moveTo } from '../order-steps.ts';
import { type TestShop, type TestUser, authSecret, openShop } from '../shop.ts';
import { compose, connect } from '../../src/compose.ts';
import { createLogger } from '../../src/logger.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => expect(await findImbalances(shop.rows)).toEqual([]));
afterAll(() => shop.close());

const charge = (user: TestUser, amount: number, key: string) => user.send('POST', '/balance/charge', { amount }, { 'idempotency-key': key });
const balanceOf = async (user: TestUser) => (await user.send('GET', '/balance')).body.currentBalance;

/** A buyer's order of three products with a coupon, which can be sent again. */
async function buyThreeProducts() {
  const buyer = await shop.newBuyer(100_000);
  const couponId = await issueTo(buyer, await newCoupon(shop));
  const products = [await shop.newProduct(), await shop.newProduct({ price: 3_000 }), await shop.newProduct({ price: 2_000 })];
  const items = products.toReversed().map(({ productId }, n) => ({ productId, quantity: n + 1 }));
  const order = () => buyer.send('POST', '/order', { items, couponId }, { 'idempotency-key': 'key' });
  const first = await order();
  expect(first).toMatchObject({ status: 201, body: { issuedCouponId: couponId } });
  return { buyer, order, first };
}

const replayed = { 'idempotency-replayed': 'true' };

describe('a repeat with the same key and body', () => {
  test('of a charge gets the first answer again and changes nothing', async () => {
    const buyer = await shop.newBuyer();
    const first = await charge(buyer, 500, 'key');
    await charge(buyer, 20, 'another');
    const before = await tableContents(shop);

    const again = await charge(buyer, 500, 'key');

    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(again).toMatchObject({ status: first.status, body: first.body, headers: replayed });
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('of an order gets the first order again, with its address', async () => {
    const buyer = await shop.newBuyer(10_000);
    const { productId } = await shop.newProduct({ stocks: [1] });
    const order = () => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'key' });

    const [first, again] = [await order(), await order()];

    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body, headers: { ...replayed, location: first.headers['location'] } });
  });

  test('of an order gets it as it was placed, with its coupon and each item in its place, whatever has become of it since', async () => {
    const operator = await shop.newOperator();
    const delivered = await buyThreeProducts();
    for (const step of ['SHIPPING', 'DELIVERED'] as const) await moveTo(shop, operator, delivered.first.body.orderId, step);
    const cancelled = await buyThreeProducts();
    expect((await cancelled.buyer.send('POST', `/orders/${cancelled.first.body.orderId}/cancel`)).status).toBe(200);
    const before = await tableContents(shop);

    for (const { order, first } of [delivered, cancelled]) {
      const location = first.headers['location'];
      expect(await order()).toMatchObject({ status: 201, body: first.body, headers: { ...replayed, location } });
    }
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('of an order whose whole answer was recorded, as the release before does, gets that', async () => {
    const { buyer, order, first } = await buyThreeProducts();
    await shop.rows('UPDATE idempotency_keys SET answer = $2, order_id = NULL WHERE caller_id = $1', [buyer.userId, { accepted: first.body }]);

    expect(await order()).toMatchObject({ status: 201, body: first.body, headers: replayed });
  });

  test('of orders of many buyers at once gets each its own', async () => {
    const buyers = await Promise.all(Array.from({ length: 40 }, () => shop.newBuyer(10_000)));
    const { productId } = await shop.newProduct({ stocks: [100] });
    const order = (buyer: TestUser, n: number) => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 + (n % 2) }] }, { 'idempotency-key': 'key' });
    const first = await Promise.all(buyers.map(order));
    const charges = buyers.map((buyer) => charge(buyer, 100, 'money'));

    const again = await Promise.all(buyers.map(order));

    expect(again.map(({ status, body }) => ({ status, body }))).toEqual(first.map(({ status, body }) => ({ status, body })));
    expect(new Set(again.map(({ body }) => body.orderId))).toHaveLength(40);
    expect((await Promise.all(charges)).map(({ status }) => status)).toEqual(charges.map(() => 200));
  });

  test('of an order that failed gets the same refusal with the same order id, although it could succeed now', async () => {
    const buyer = await shop.newBuyer(0);
    const { productId } = await shop.newProduct({ price: 1_000 });
    const order = () => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'key' });
    const first = await order();
    await charge(buyer, 1_000, 'money');

    const again = await order();

    expect(first).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE' } });
    expect(again).toMatchObject({ status: 409, body: first.body, headers: replayed });
    expect((await buyer.send('GET', '/orders')).body).toHaveLength(1);
  });

  test('of a refusal gets it again, although it would be accepted now', async () => {
    const buyer = await shop.newBuyer(1_000_000);
    const { productId } = await shop.newProduct({ price: 1_000 });
    const first = await charge(buyer, 1, 'key');
    await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });

    const again = await charge(buyer, 1, 'key');

    expect(first).toMatchObject({ status: 409, body: { code: 'BALANCE_LIMIT_EXCEEDED' } });
    expect(again).toMatchObject({ status: 409, body: first.body, headers: replayed });
  });

  test('100 times at once has one effect and one answer', async () => {
    const buyer = await shop.newBuyer();

    const answers = await Promise.all(Array.from({ length: 100 }, () => charge(buyer, 700, 'key')));

    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ userId: buyer.userId, currentBalance: 700 })));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(99);
    expect(await balanceOf(buyer)).toBe(700);
  });

  test('after a restart of the server gets the first answer again', async () => {
    const buyer = await shop.newBuyer();
    const first = await charge(buyer, 500, 'key');
    const log = createLogger(shop.config);
    const database = connect(shop.config, shop.databaseUrl, log);
    const restarted = await compose(shop.config, database, authSecret, log);

    const again = await restarted.app.inject({
      method: 'POST', url: '/balance/charge', payload: { amount: 500 },
      headers: { authorization: `Bearer ${buyer.token}`, 'idempotency-key': 'key' },
    });

    expect(again.json()).toEqual(first.body);
    expect(again.headers).toMatchObject(replayed);
    await restarted.stop();
    await database.close();
  });

  test('is recognised when only the spelling of the body differs', async () => {
    const buyer = await shop.newBuyer();
    await charge(buyer, 500, 'key');

    const again = await buyer.send('POST', '/balance/charge', { amount: 500, userId: buyer.userId }, { 'idempotency-key': 'key' });

    expect(again).toMatchObject({ status: 200, headers: replayed });
  });
});

describe('a key used for something else', () => {
  test('with another body or for another operation is refused with 422 and changes nothing', async () => {
    const buyer = await shop.newBuyer(5_000);
    const { productId } = await shop.newProduct();
    await charge(buyer, 500, 'key');
    const before = await tableContents(shop);

    const other = await charge(buyer, 501, 'key');
    const order = await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'key' });

    expect([other, order]).toMatchObject([422, 422].map((status) => ({ status, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })));
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('of two different bodies at once, one is decided and the other refused', async () => {
    const buyer = await shop.newBuyer();

    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => charge(buyer, 100 + (n % 2), 'key')));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(20);
    expect([100, 101]).toContain(await balanceOf(buyer));
  });

  test('belongs to its caller: another may use the same key, at the same moment too', async () => {
    const buyers = await Promise.all(Array.from({ length: 30 }, () => shop.newBuyer()));

    // Enough at once that some are decided together.
    const answers = await Promise.all(buyers.map((buyer, n) => charge(buyer, n + 1, 'key')));

    expect(answers.map(({ status, body }) => [status, body])).toEqual(buyers.map(({ userId }, n) => [200, { userId, currentBalance: n + 1 }]));
    expect(await Promise.all(buyers.map(balanceOf))).toEqual(buyers.map((_, n) => n + 1));
  });
});

test.each([
  ['23 hours 59 minutes', 200, true, 500],
  ['24 hours 1 second', 200, false, 1_000],
])('%s later a repeat is answered from the record: %s %s', async (age, status, isReplayed, balance) => {
  const buyer = await shop.newBuyer();
  await charge(buyer, 500, 'key');
  await shop.rows(`UPDATE idempotency_keys SET created_at = now() - $2::interval WHERE caller_id = $1`, [buyer.userId, age]);

  const again = await charge(buyer, 500, 'key');

  expect(again.status).toBe(status);
  expect(again.headers['idempotency-replayed'] === 'true').toBe(isReplayed);
  expect(await balanceOf(buyer)).toBe(balance);
});

test('a request refused before it is decided does not use its key up', async () => {
  const buyer = await shop.newBuyer();
  expect((await charge(buyer, -1, 'key')).status).toBe(400);

  expect(await charge(buyer, 500, 'key')).toMatchObject({ status: 200, body: { currentBalance: 500 } });
});

test.each([['empty', ''], ['with a space', 'a b'], ['not ASCII', 'ké'], ['256 long', 'x'.repeat(256)]])('a key that is %s is refused', async (_what, key) => {
  const buyer = await shop.newBuyer();

  expect(await charge(buyer, 1, key)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field: 'idempotency-key' }] } });
  expect(await balanceOf(buyer)).toBe(0);
});

test('a key of 255 characters is taken', async () => {
  const buyer = await shop.newBuyer();
  expect(await charge(buyer, 1, 'x'.repeat(255))).toMatchObject({ status: 200 });
});
