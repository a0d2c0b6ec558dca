import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { expire, historyOf, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { endHolds, movementsOf, runHoldExpiry, transactionsOf } from '../order-steps.ts';
import { type TestShop, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  // Without background work: only what a test does writes.
  shop = await openShop({}, { workers: false });
});
afterEach(async () => expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]));
afterAll(() => shop.close());

/** A buyer with a coupon of 500 won who holds 2 mugs of 1,000 won. */
async function holder(balance = 10_000, different: object = {}) {
  const buyer = await shop.newBuyer(balance);
  const { productId, variantIds } = await shop.newProduct();
  const couponId = await issueTo(buyer, await newCoupon(shop));
  const hold = await buyer.send('POST', '/orders', { items: [{ productId, quantity: 2 }], couponId, ...different });
  const { orderId } = hold.body;
  const act = (action: 'pay' | 'cancel', body?: unknown, key?: string) =>
    buyer.send('POST', `/orders/${orderId}/${action}`, body, key === undefined ? {} : { 'idempotency-key': key });
  const stock = async () => (await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantIds[0]]))[0]?.['stock'];
  const balanceNow = async () => (await buyer.send('GET', '/balance')).body.currentBalance;
  const detail = async () => (await buyer.send('GET', `/orders/${orderId}`)).body;
  return { buyer, productId, variantId: variantIds[0], couponId, hold, orderId, act, stock, balanceNow, detail };
}

/** Expects that something is refused and changes nothing. */
async function expectRefusal(work: () => Promise<{ status: number; body: any }>, status: number, code: string): Promise<void> {
  const before = await tableContents(shop);
  expect(await work()).toMatchObject({ status, body: { code } });
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
}

describe('a hold', () => {
  test('takes its stock and its coupon for 15 minutes, and no money', async () => {
    const { buyer, productId, variantId, couponId, hold, orderId, stock, balanceNow, detail } = await holder();

    expect(hold).toMatchObject({ status: 201, headers: { location: `/orders/${orderId}` } });
    const { createdAt, holdExpiresAt } = hold.body;
    expect(hold.body).toEqual({
      orderId, userId: buyer.userId, orderStatus: 'PENDING', deliveryStatus: null, itemsPrice: 2_000, discountAmount: 500, totalPrice: 1_500,
      failureReason: null, issuedCouponId: couponId, createdAt, paidAt: null, holdExpiresAt, cancelledAt: null,
      items: [{ productId, variantId, quantity: 2, unitPrice: 1_000 }],
    });
    expect(Date.parse(holdExpiresAt) - Date.parse(createdAt)).toBe(15 * 60_000);
    expect([await stock(), await balanceNow()]).toEqual([8, 10_000]);
    expect(await movementsOf(shop, orderId)).toEqual([['SALE', -2]]);
    expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', orderId]]);
    expect(await detail()).toMatchObject({ payments: [], statusHistory: [{ orderStatus: 'PENDING', deliveryStatus: null, changedBy: 'USER' }] });
    expect(await shop.rows('SELECT type FROM outbox WHERE subject = $1', [orderId])).toEqual([]);
  });

  test('writes to exactly the tables it must', async () => {
    const [buyer, { productId }] = [await shop.newBuyer(), await shop.newProduct()];
    const before = await tableContents(shop);
    await buyer.send('POST', '/orders', { items: [{ productId, quantity: 1 }] });
    expect(changedTables(before, await tableContents(shop))).toEqual(['order_items', 'order_status_history', 'orders', 'stock_movements', 'variants']);
  });

  test('keeps its units from everybody else', async () => {
    const { productId } = await holder(0);
    const other = await shop.newBuyer(100_000);
    expect(await other.send('POST', '/order', { items: [{ productId, quantity: 9 }] })).toMatchObject({ status: 409, body: { code: 'OUT_OF_STOCK' } });
    expect((await other.send('POST', '/order', { items: [{ productId, quantity: 8 }] })).status).toBe(201);
  });

  test('without the stock is kept as FAILED, without an attempt to pay, and takes nothing', async () => {
    const [buyer, { productId }] = [await shop.newBuyer(), await shop.newProduct({ stocks: [1] })];
    const before = await tableContents(shop);

    const hold = await buyer.send('POST', '/orders', { items: [{ productId, quantity: 2 }] });

    expect(hold).toMatchObject({ status: 409, body: { code: 'OUT_OF_STOCK' } });
    expect(changedTables(before, await tableContents(shop))).toEqual(['order_items', 'order_status_history', 'orders', 'outbox']);
    const { orderId } = hold.body;
    await expectRefusal(() => buyer.send('POST', `/orders/${orderId}/pay`), 409, 'ORDER_NOT_PENDING');
    await expectRefusal(() => buyer.send('POST', `/orders/${orderId}/cancel`), 409, 'ORDER_NOT_CANCELLABLE');
  });

  test('lasts as long as the setting says', async () => {
    const short = await openShop({ DATABASE_URL: shop.databaseUrl, HOLD_MINUTES: '3' }, { workers: false });
    const [buyer, { productId }] = [await short.newBuyer(), await short.newProduct()];
    const { body } = await buyer.send('POST', '/orders', { items: [{ productId, quantity: 1 }] });
    expect(Date.parse(body.holdExpiresAt) - Date.parse(body.createdAt)).toBe(3 * 60_000);
    await short.close();
  });
});

describe('paying', () => {
  test('takes the money, writes to exactly the tables it must, and announces it', async () => {
    const { act, stock, balanceNow, detail, orderId } = await holder();
    const before = await tableContents(shop);

    const paid = await act('pay');

    expect(paid).toMatchObject({ status: 200, body: { orderId, orderStatus: 'SUCCESS', deliveryStatus: 'PREPARING', totalPrice: 1_500, holdExpiresAt: null } });
    expect(changedTables(before, await tableContents(shop))).toEqual([
      'order_status_history', 'orders', 'outbox', 'payments', 'wallet_transactions', 'wallets',
    ]);
    expect([await stock(), await balanceNow()]).toEqual([8, 8_500]);
    expect(await detail()).toMatchObject({
      payments: [{ status: 'SUCCESS', amount: 1_500, failureReason: null, createdAt: paid.body.paidAt }],
      statusHistory: [{ orderStatus: 'PENDING' }, { orderStatus: 'SUCCESS', deliveryStatus: 'PREPARING', changedBy: 'USER', createdAt: paid.body.paidAt }],
    });
    expect(await transactionsOf(shop, orderId)).toEqual([['PAYMENT', -1_500]]);
    expect(await shop.rows(`SELECT type, data->>'paidAt' AS at FROM outbox WHERE subject = $1`, [orderId])).toEqual([
      { type: 'openrun.order.paid', at: paid.body.paidAt },
    ]);
  });

  test('twice is refused', async () => {
    const { act } = await holder();
    await act('pay');
    await expectRefusal(() => act('pay'), 409, 'ORDER_NOT_PENDING');
  });

  test('without the balance keeps each attempt, and the order stays payable', async () => {
    const { buyer, act, detail, orderId } = await holder(1_499);
    const before = await tableContents(shop);

    for (let attempt = 0; attempt < 2; attempt += 1) expect(await act('pay')).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE', orderId } });

    expect(changedTables(before, await tableContents(shop))).toEqual(['payments']);
    await buyer.send('POST', '/balance/charge', { amount: 1 });
    expect((await act('pay')).status).toBe(200);
    const failed = { status: 'FAILED', amount: 1_500, failureReason: 'INSUFFICIENT_BALANCE' };
    expect((await detail()).payments).toMatchObject([failed, failed, { status: 'SUCCESS', amount: 1_500, failureReason: null }]);
  });

  test('after the hold ended is refused, before the job ran and after it', async () => {
    const { act, stock, detail, couponId, orderId } = await holder();
    await endHolds(shop, orderId);
    await expectRefusal(() => act('pay'), 409, 'HOLD_EXPIRED');

    expect(await runHoldExpiry(shop)).toBe(1);
    await expectRefusal(() => act('pay'), 409, 'ORDER_NOT_PENDING');
    await expectRefusal(() => act('cancel'), 409, 'ORDER_NOT_CANCELLABLE');
    expect(await runHoldExpiry(shop)).toBe(0);
    expect(await stock()).toBe(10);
    expect(await movementsOf(shop, orderId)).toEqual([['SALE', -2], ['RELEASE', 2]]);
    expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', orderId], ['RESTORED', orderId]]);
    expect(await detail()).toMatchObject({
      orderStatus: 'CANCELLED', holdExpiresAt: null, payments: [],
      statusHistory: [{ orderStatus: 'PENDING' }, { orderStatus: 'CANCELLED', reason: 'HOLD_EXPIRED', changedBy: 'SYSTEM' }],
    });
  });

  test('after the hold ended leaves a coupon used whose own time is over', async () => {
    const { couponId, orderId } = await holder();
    await expire(shop, couponId);
    await endHolds(shop, orderId);
    expect(await runHoldExpiry(shop)).toBe(1);
    expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', orderId]]);
  });
});

describe('an Idempotency-Key', () => {
  test('on a hold takes the stock once', async () => {
    const [buyer, { productId }] = [await shop.newBuyer(), await shop.newProduct()];
    const hold = () => buyer.send('POST', '/orders', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'hold' });
    const first = await hold();
    expect(await hold()).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
    expect(await movementsOf(shop, first.body.orderId)).toEqual([['SALE', -1]]);
  });

  test('on a payment pays once, and a failed payment stays failed for its key', async () => {
    const { buyer, act, balanceNow } = await holder(0);
    expect(await act('pay', undefined, 'first')).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE' } });
    await buyer.send('POST', '/balance/charge', { amount: 10_000 });

    await expectRefusal(() => act('pay', undefined, 'first'), 409, 'INSUFFICIENT_BALANCE');
    const paid = await act('pay', undefined, 'second');
    expect(paid.status).toBe(200);
    expect(await act('pay', undefined, 'second')).toMatchObject({ status: 200, body: paid.body, headers: { 'idempotency-replayed': 'true' } });
    expect(await balanceNow()).toBe(8_500);
  });

  test('on a cancellation refunds once, and is refused for another order or another reason', async () => {
    const { buyer, act, balanceNow } = await holder();
    await act('pay');
    const cancelled = await act('cancel', { reason: 'too small' }, 'key');
    expect(cancelled.status).toBe(200);

    expect(await act('cancel', { reason: 'too small' }, 'key')).toMatchObject({ status: 200, body: cancelled.body, headers: { 'idempotency-replayed': 'true' } });
    expect(await balanceNow()).toBe(10_000);
    await expectRefusal(() => act('cancel', { reason: 'too large' }, 'key'), 422, 'IDEMPOTENCY_KEY_REUSED');
    await expectRefusal(() => act('pay', undefined, 'key'), 422, 'IDEMPOTENCY_KEY_REUSED');
    await expectRefusal(() => buyer.send('POST', `/orders/${uuidv7()}/cancel`, {}, { 'idempotency-key': 'key' }), 422, 'IDEMPOTENCY_KEY_REUSED');
  });
});
