import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { expire, historyOf, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { moveTo, movementsOf, transactionsOf } from '../order-steps.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
let operator: TestUser;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
  operator = await shop.newOperator();
});
afterEach(async () => expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]));
afterAll(() => shop.close());

/** A buyer with 10,000 won who ordered 2 mugs of 1,000 won with a coupon of 500 won, paid or held. */
async function buyerOf(path: '/order' | '/orders', balance = 10_000) {
  const buyer = await shop.newBuyer(balance);
  const { productId } = await shop.newProduct();
  const couponId = await issueTo(buyer, await newCoupon(shop));
  const { body } = await buyer.send('POST', path, { items: [{ productId, quantity: 2 }], couponId });
  const orderId: string = body.orderId;
  const cancel = (by: TestUser = buyer, request?: unknown) => by.send('POST', `/orders/${orderId}/cancel`, request);
  const detail = async () => (await buyer.send('GET', `/orders/${orderId}`)).body;
  return { buyer, productId, couponId, orderId, cancel, detail };
}

async function expectRefusal(work: () => Promise<{ status: number; body: any }>, status: number, code: string): Promise<void> {
  const before = await tableContents(shop);
  expect(await work()).toMatchObject({ status, body: { code } });
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
}

describe('cancelling an unpaid order', () => {
  test('releases stock and coupon and moves no money', async () => {
    const { couponId, orderId, cancel, detail } = await buyerOf('/orders');
    const before = await tableContents(shop);

    const cancelled = await cancel();

    expect(cancelled).toMatchObject({ status: 200, body: { orderId, orderStatus: 'CANCELLED', deliveryStatus: null, paidAt: null, holdExpiresAt: null } });
    expect(changedTables(before, await tableContents(shop))).toEqual([
      'coupon_history', 'issued_coupons', 'order_status_history', 'orders', 'outbox', 'stock_movements', 'variants',
    ]);
    expect(await movementsOf(shop, orderId)).toEqual([['SALE', -2], ['RELEASE', 2]]);
    expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', orderId], ['RESTORED', orderId]]);
    expect((await detail()).statusHistory).toMatchObject([{ orderStatus: 'PENDING' }, { orderStatus: 'CANCELLED', reason: null, changedBy: 'USER' }]);
    expect(await shop.rows(`SELECT type, data->'paidAt' AS at FROM outbox WHERE subject = $1`, [orderId])).toEqual([
      { type: 'openrun.order.cancelled', at: null },
    ]);
  });
});

describe('cancelling a paid order', () => {
  test('gives back money, stock and coupon, and keeps the reason', async () => {
    const { buyer, couponId, orderId, cancel, detail } = await buyerOf('/order');

    const cancelled = await cancel(buyer, { reason: 'too small' });

    expect(cancelled).toMatchObject({ status: 200, body: { orderStatus: 'CANCELLED', totalPrice: 1_500, discountAmount: 500 } });
    expect((await buyer.send('GET', '/balance')).body.currentBalance).toBe(10_000);
    expect(await transactionsOf(shop, orderId)).toEqual([['PAYMENT', -1_500], ['REFUND', 1_500]]);
    expect(await movementsOf(shop, orderId)).toEqual([['SALE', -2], ['CANCEL', 2]]);
    expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', orderId], ['RESTORED', orderId]]);
    expect(await detail()).toMatchObject({
      cancelledAt: cancelled.body.cancelledAt, payments: [{ status: 'SUCCESS', amount: 1_500 }],
      statusHistory: [{ orderStatus: 'SUCCESS', deliveryStatus: 'PREPARING' }, { orderStatus: 'CANCELLED', reason: 'too small', changedBy: 'USER' }],
    });
    expect(await shop.rows('SELECT type FROM outbox WHERE subject = $1 ORDER BY transaction_id, position', [orderId])).toEqual([
      { type: 'openrun.order.paid' }, { type: 'openrun.order.cancelled' },
    ]);
    await expectRefusal(() => cancel(), 409, 'ORDER_NOT_CANCELLABLE');
    await expectRefusal(() => cancel(operator), 409, 'ORDER_NOT_CANCELLABLE');
  });

  test('does not bring back a coupon whose time is over, nor write about it', async () => {
    const { buyer, couponId, orderId, cancel } = await buyerOf('/order');
    await expire(shop, couponId);

    expect((await cancel()).status).toBe(200);
    expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', orderId]]);
    expect((await buyer.send('GET', '/coupons/issued')).body).toMatchObject([{ status: 'USED', orderId }]);
  });

  test('is refused while the refund would not fit into the wallet', async () => {
    const { buyer, productId, cancel } = await buyerOf('/order', 1_000_000);
    await buyer.send('POST', '/balance/charge', { amount: 501 });
    await expectRefusal(() => cancel(), 409, 'BALANCE_LIMIT_EXCEEDED');
    await expectRefusal(() => cancel(operator), 409, 'BALANCE_LIMIT_EXCEEDED');

    await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });
    expect((await cancel()).status).toBe(200);
    expect((await buyer.send('GET', '/balance')).body.currentBalance).toBe(1_000_000 - 1_500 + 501 - 1_000 + 1_500);
  });

  test('takes its units back out of the statistics', async () => {
    const { productId, cancel } = await buyerOf('/order');
    const sold = async () => {
      await foldSales(shop.database.db);
      const { body } = await operator.send('GET', '/products/top?limit=100');
      return body.find((product: any) => product.productId === productId)?.totalSales ?? 0;
    };
    await expect.poll(sold, { timeout: 10_000 }).toBe(2);

    await cancel();

    await expect.poll(sold, { timeout: 10_000 }).toBe(0);
    expect(await shop.rows('SELECT sum(units)::int AS units, sum(revenue)::int AS revenue FROM product_sales_hourly WHERE product_id = $1', [productId])).toEqual([
      { units: 0, revenue: 0 },
    ]);
  });
});

describe('a delivery under way', () => {
  test('is no longer cancelled by its buyer, and still by an operator, which the audit log shows', async () => {
    const { orderId, cancel, detail } = await buyerOf('/order');
    await moveTo(shop, operator, orderId, 'SHIPPING');
    await expectRefusal(() => cancel(), 409, 'ORDER_NOT_CANCELLABLE');

    expect(await cancel(operator, { reason: 'lost on its way' })).toMatchObject({ status: 200, body: { orderStatus: 'CANCELLED' } });

    expect((await detail()).statusHistory.map((line: any) => [line.orderStatus, line.deliveryStatus, line.changedBy, line.reason])).toEqual([
      ['SUCCESS', 'PREPARING', 'USER', null],
      ['SUCCESS', 'SHIPPING', 'OPERATOR', null],
      ['CANCELLED', 'SHIPPING', 'OPERATOR', 'lost on its way'],
    ]);
    expect(await transactionsOf(shop, orderId)).toEqual([['PAYMENT', -1_500], ['REFUND', 1_500]]);
    expect(await shop.rows('SELECT operator_id, action, reason, before, after FROM operator_actions WHERE subject_id = $1 ORDER BY id', [orderId])).toEqual([
      expect.objectContaining({ operator_id: operator.userId, action: 'move-delivery', after: { orderStatus: 'SUCCESS', deliveryStatus: 'SHIPPING' } }),
      {
        operator_id: operator.userId, action: 'cancel-order', reason: 'lost on its way',
        before: { orderStatus: 'SUCCESS', deliveryStatus: 'SHIPPING' }, after: { orderStatus: 'CANCELLED', deliveryStatus: 'SHIPPING' },
      },
    ]);
  });

  test('that has arrived is cancelled by nobody', async () => {
    const { orderId, cancel, detail } = await buyerOf('/order');
    await moveTo(shop, operator, orderId, 'SHIPPING');
    await moveTo(shop, operator, orderId, 'DELIVERED');

    await expectRefusal(() => cancel(), 409, 'ORDER_NOT_CANCELLABLE');
    await expectRefusal(() => cancel(operator), 409, 'ORDER_NOT_CANCELLABLE');
    expect((await detail()).statusHistory.map((line: any) => line.deliveryStatus)).toEqual(['PREPARING', 'SHIPPING', 'DELIVERED']);
  });

  test('of an order that is not paid, or one step too far, is not moved', async () => {
    const [held, paid] = [await buyerOf('/orders'), await buyerOf('/order')];
    const before = await tableContents(shop);
    await expect(moveTo(shop, operator, held.orderId, 'SHIPPING')).rejects.toMatchObject({ code: 'INVALID_DELIVERY_TRANSITION' });
    await expect(moveTo(shop, operator, paid.orderId, 'DELIVERED')).rejects.toMatchObject({ code: 'INVALID_DELIVERY_TRANSITION' });
    await expect(moveTo(shop, operator, uuidv7(), 'SHIPPING')).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND' });
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });
});

describe('another’s order', () => {
  test('is answered like one that does not exist, whatever is asked of it', async () => {
    const thief = await shop.newBuyer(10_000);
    for (const path of ['/order', '/orders'] as const) {
      const { orderId } = await buyerOf(path);
      for (const [method, action] of [['GET', ''], ['POST', '/pay'], ['POST', '/cancel']] as const) {
        await expectRefusal(() => thief.send(method, `/orders/${orderId}${action}`), 404, 'ORDER_NOT_FOUND');
        const [real, none] = [await thief.send(method, `/orders/${orderId}${action}`), await thief.send(method, `/orders/${uuidv7()}${action}`)];
        expect(none.body).toEqual(real.body);
      }
    }
  });

  test('is paid and cancelled by an operator, who stands in its history', async () => {
    const { buyer, orderId, cancel, detail } = await buyerOf('/orders');
    expect(await operator.send('POST', `/orders/${orderId}/pay`)).toMatchObject({ status: 200, body: { userId: buyer.userId } });
    expect((await cancel(operator)).status).toBe(200);

    expect((await detail()).statusHistory.map(({ changedBy }: any) => changedBy)).toEqual(['USER', 'OPERATOR', 'OPERATOR']);
    expect((await buyer.send('GET', '/balance')).body.currentBalance).toBe(10_000);
  });
});

test('a request that is not understood changes nothing', async () => {
  const { buyer, cancel } = await buyerOf('/order');
  for (const body of [{ reason: '' }, { reason: 7 }, { reason: 'x'.repeat(501) }, { refund: 1 }, []]) {
    await expectRefusal(() => cancel(buyer, body), 400, 'VALIDATION_FAILED');
  }
  await expectRefusal(() => buyer.send('POST', '/orders/7/cancel'), 400, 'VALIDATION_FAILED');
  await expectRefusal(() => buyer.send('POST', '/orders/7/pay'), 400, 'VALIDATION_FAILED');
});
