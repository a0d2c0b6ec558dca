import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { recordExpiredCoupons } from '../../src/infrastructure/postgres/coupon-expiry.ts';
import { type TestCampaign, newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { expire, historyOf, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  // Without background work: only what a test does writes.
  shop = await openShop({}, { workers: false });
});
afterEach(async () => expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]));
afterAll(() => shop.close());

/** A buyer with 10,000 won and a coupon, who orders mugs of 1,000 won. */
async function couponHolder(terms: Partial<TestCampaign> = {}, stock = 10) {
  const buyer = await shop.newBuyer(10_000);
  const issuedCouponId = await issueTo(buyer, await newCoupon(shop, terms));
  const { productId, variantIds } = await shop.newProduct({ stocks: [stock] });
  const order = (quantity: number, couponId = issuedCouponId, by: TestUser = buyer) =>
    by.send('POST', '/order', { items: [{ productId, quantity }], couponId });
  return { buyer, issuedCouponId, order, productId, variantIds };
}

/** What an order that failed writes: itself, why, and nothing else. */
const failedOrderTables = ['order_items', 'order_status_history', 'orders', 'outbox', 'payments'];

describe('the discount of an order', () => {
  test.each<[string, Partial<TestCampaign>, number, number]>([
    ['an amount', { discountValue: 700 }, 2, 700],
    ['an amount at the minimum', { discountValue: 700, minimumOrderAmount: 2_000 }, 2, 700],
    ['an amount above the order', { discountValue: 5_000 }, 2, 2_000],
    ['a percentage', { discountType: 'PERCENT', discountValue: 15 }, 3, 450],
    ['a percentage up to its cap', { discountType: 'PERCENT', discountValue: 50, discountMax: 999 }, 2, 999],
  ])('%s: %o off %d mugs is %d won', async (_what, terms, quantity, discountAmount) => {
    const { buyer, order } = await couponHolder(terms);
    const itemsPrice = quantity * 1_000;
    const totalPrice = itemsPrice - discountAmount;

    expect(await order(quantity)).toMatchObject({ status: 201, body: { orderStatus: 'SUCCESS', itemsPrice, discountAmount, totalPrice } });
    expect((await buyer.send('GET', '/balance')).body.currentBalance).toBe(10_000 - totalPrice);
  });
});

describe('an order with a coupon that cannot be used', () => {
  test('because it was used before is kept as FAILED and changes nothing else', async () => {
    const { buyer, issuedCouponId, order } = await couponHolder();
    const first = await order(1);
    const before = await tableContents(shop);

    const second = await order(2);

    expect(second).toMatchObject({ status: 409, body: { code: 'COUPON_NOT_USABLE' } });
    expect(changedTables(before, await tableContents(shop))).toEqual(failedOrderTables);
    expect((await buyer.send('GET', `/orders/${second.body.orderId}`)).body).toMatchObject({
      orderStatus: 'FAILED', failureReason: 'COUPON_NOT_USABLE', issuedCouponId, itemsPrice: 2_000, discountAmount: 0, totalPrice: 2_000,
      payments: [{ status: 'FAILED', amount: 2_000, failureReason: 'COUPON_NOT_USABLE' }],
      statusHistory: [{ orderStatus: 'FAILED', reason: 'COUPON_NOT_USABLE', changedBy: 'USER' }],
    });
    expect(await historyOf(shop, issuedCouponId)).toEqual([['ISSUED', null], ['USED', first.body.orderId]]);
  });

  test.each([
    ['because the order is one step below its minimum', { minimumOrderAmount: 2_100 }, false],
    ['because it has expired', {}, true],
  ])('%s is kept as FAILED and changes nothing else', async (_what, terms, outOfDate) => {
    const { issuedCouponId, order } = await couponHolder(terms);
    if (outOfDate) await expire(shop, issuedCouponId);
    const before = await tableContents(shop);

    expect(await order(2)).toMatchObject({ status: 409, body: { code: 'COUPON_NOT_USABLE' } });
    expect(changedTables(before, await tableContents(shop))).toEqual(failedOrderTables);
  });

  test('because it is another’s, or none, is not kept at all', async () => {
    const { order } = await couponHolder();
    const thief = await shop.newBuyer(10_000);
    const before = await tableContents(shop);

    expect(await order(1, undefined, thief)).toMatchObject({ status: 404, body: { code: 'ISSUED_COUPON_NOT_FOUND' } });
    expect(await order(1, uuidv7())).toMatchObject({ status: 404, body: { code: 'ISSUED_COUPON_NOT_FOUND' } });
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('is not helped by the campaign’s id, which is not a coupon of anybody', async () => {
    const couponId = await newCoupon(shop);
    const { order } = await couponHolder();
    expect(await order(1, couponId)).toMatchObject({ status: 404, body: { code: 'ISSUED_COUPON_NOT_FOUND' } });
  });
});

test('an order that fails for its stock or its balance leaves the coupon to be used later', async () => {
  const { issuedCouponId, order } = await couponHolder({}, 20);

  expect(await order(21)).toMatchObject({ status: 409, body: { code: 'OUT_OF_STOCK' } });
  expect(await order(20)).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE' } });
  expect(await historyOf(shop, issuedCouponId)).toEqual([['ISSUED', null]]);
  expect(await order(1)).toMatchObject({ status: 201, body: { discountAmount: 500 } });
});

describe('the history of a coupon', () => {
  test('has a line for each change: issued, used, restored, used again', async () => {
    const { buyer, issuedCouponId, order } = await couponHolder();
    const first = (await order(1)).body.orderId;
    expect((await buyer.send('POST', `/orders/${first}/cancel`)).status).toBe(200);
    expect((await buyer.send('GET', '/coupons/issued')).body).toMatchObject([{ status: 'AVAILABLE', orderId: null, usedAt: null }]);
    const second = (await order(2)).body.orderId;

    expect(await historyOf(shop, issuedCouponId)).toEqual([['ISSUED', null], ['USED', first], ['RESTORED', first], ['USED', second]]);
  });

  test('ends with EXPIRED, written once though the job runs twice at once, and again', async () => {
    const couponId = await newCoupon(shop, { totalQuantity: 60 });
    const buyers = await Promise.all(Array.from({ length: 60 }, () => shop.newBuyer()));
    const issued = await Promise.all(buyers.map((buyer) => issueTo(buyer, couponId)));
    // Those of the tests before are out of the way.
    await recordExpiredCoupons(shop.database.db);
    await expire(shop, ...issued);

    const { db, pool } = shop.database;
    // Connected already, so that they begin in the same moment.
    await Promise.all([1, 2, 3].map(() => pool.query('SELECT pg_sleep(0.2)')));
    const recorded = await Promise.all([recordExpiredCoupons(db), recordExpiredCoupons(db), recordExpiredCoupons(db)]);

    expect(recorded.reduce((sum, count) => sum + count)).toBe(60);
    expect(await recordExpiredCoupons(db)).toBe(0);
    for (const id of issued) expect(await historyOf(shop, id)).toEqual([['ISSUED', null], ['EXPIRED', null]]);
  });

  test('has no EXPIRED line for a coupon that was used in time, and has one for a coupon that was restored', async () => {
    const [used, restored, live] = [await couponHolder(), await couponHolder(), await couponHolder()];
    const [usedBy, cancelled] = [(await used.order(1)).body.orderId, (await restored.order(1)).body.orderId];
    await restored.buyer.send('POST', `/orders/${cancelled}/cancel`);
    await expire(shop, used.issuedCouponId, restored.issuedCouponId);

    expect(await recordExpiredCoupons(shop.database.db)).toBe(1);
    await used.buyer.send('POST', `/orders/${usedBy}/cancel`);
    expect(await recordExpiredCoupons(shop.database.db)).toBe(0);

    expect(await historyOf(shop, used.issuedCouponId)).toEqual([['ISSUED', null], ['USED', usedBy]]);
    expect(await historyOf(shop, restored.issuedCouponId)).toEqual([['ISSUED', null], ['USED', cancelled], ['RESTORED', cancelled], ['EXPIRED', null]]);
    expect(await historyOf(shop, live.issuedCouponId)).toEqual([['ISSUED', null]]);
  });
});
