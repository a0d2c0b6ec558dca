import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefused } from '../admin.ts';
import { idOfNothing } from '../documented-routes.ts';
import { findImbalances } from '../imbalances.ts';
import { collectPages } from '../pages.ts';
import { type MadeProduct, type TestShop, type TestUser, openShop } from '../shop.ts';

let shop: TestShop;
let operator: TestUser;
let product: MadeProduct;
beforeAll(async () => {
  shop = await openShop();
  operator = await shop.newOperator();
  product = await shop.newProduct({ price: 1_000, stocks: [1_000] });
});
afterAll(async () => {
  expect(await findImbalances(shop.rows)).toEqual([]);
  await shop.close();
});

const order = async (buyer: TestUser, path = '/order'): Promise<string> =>
  (await buyer.send('POST', path, { items: [{ productId: product.productId, quantity: 1 }] })).body.orderId;
const deliver = (orderId: string, deliveryStatus: string, headers?: Record<string, string>) =>
  operator.send('POST', `/admin/orders/${orderId}/delivery`, { deliveryStatus }, headers);
const cancel = (orderId: string, body: object = { reason: 'Asked by phone' }, by = operator) => by.send('POST', `/admin/orders/${orderId}/cancel`, body);
const actionsOn = async (subjectId: string) => (await operator.send('GET', `/admin/actions?subjectId=${subjectId}`)).body;

const register = async (email: string, name: string) =>
  (await shop.app.inject({ method: 'POST', url: '/auth/register', payload: { email, name, password: 'a good password', phone: '010-1' } })).json();

describe('orders', () => {
  test('are found by user, status, delivery and time, newest first, in pages', async () => {
    const buyer = await shop.newBuyer(3_000);
    const [first, second] = [await order(buyer), await order(buyer)];
    await new Promise((resolve) => setTimeout(resolve, 5));
    const pending = await order(buyer, '/orders');
    await deliver(first, 'SHIPPING');
    await cancel(second);
    await order(buyer);
    const failed = await order(await shop.newBuyer(0));
    const listed = async (query: string) => (await operator.send('GET', `/admin/orders?${query}`)).body.map(({ orderId }: any) => orderId);

    const mine = (await collectPages(operator, `/admin/orders?userId=${buyer.userId}&limit=1`)).flat();
    expect(mine.map(({ orderStatus }) => orderStatus)).toEqual(['SUCCESS', 'PENDING', 'CANCELLED', 'SUCCESS']);
    expect(await listed('status=PENDING')).toEqual([pending]);
    expect(await listed('status=CANCELLED')).toEqual([second]);
    expect(await listed('status=FAILED')).toContain(failed);
    expect(await listed('deliveryStatus=SHIPPING')).toEqual([first]);
    expect(await listed(`userId=${buyer.userId}&deliveryStatus=PREPARING`)).toEqual([mine[0].orderId, second]);
    expect(await listed(`userId=${buyer.userId}&deliveryStatus=PREPARING&status=SUCCESS`)).toEqual([mine[0].orderId]);
    const { createdAt } = (await operator.send('GET', `/admin/orders/${pending}`)).body;
    expect(await listed(`userId=${buyer.userId}&from=${createdAt}`)).toEqual([mine[0].orderId, pending]);
    expect(await listed(`userId=${buyer.userId}&to=${createdAt}`)).toEqual([second, first]);
    expect(await listed(`from=0000-01-01T00:00:00Z&to=0001-01-01T00:00:00Z`)).toEqual([]);
    expect(await listed(`userId=${buyer.userId}&from=1900-01-01T00:00:00Z&to=9999-12-31T23:59:59Z`)).toHaveLength(4);
  });

  test.each(['from=today', 'from=2026-13-01T00:00:00Z', 'to=2099-12-31T23:59:60Z', 'status=PAID', 'userId=1', 'x=1', 'limit=101'])('%s is refused', async (query) => {
    expect(await operator.send('GET', `/admin/orders?${query}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  test('one is shown whole, whoever bought', async () => {
    const orderId = await order(await shop.newBuyer(1_000));
    expect((await operator.send('GET', `/admin/orders/${orderId}`)).body).toMatchObject({
      orderId, items: [{ productName: 'Test product' }], payments: [{ status: 'SUCCESS' }], statusHistory: [{ changedBy: 'USER' }],
    });
    expect((await operator.send('GET', `/admin/orders/${idOfNothing}`)).body.code).toBe('ORDER_NOT_FOUND');
  });

  test('a delivery moves on step by step, each in the history and the audit log', async () => {
    const orderId = await order(await shop.newBuyer(1_000));

    await expectRefused(shop, 'INVALID_DELIVERY_TRANSITION', 409, () => deliver(orderId, 'DELIVERED'));
    expect(await deliver(orderId, 'SHIPPING', { 'idempotency-key': 'd1' })).toMatchObject({ status: 200, body: { deliveryStatus: 'SHIPPING' } });
    expect(await deliver(orderId, 'SHIPPING', { 'idempotency-key': 'd1' })).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect((await deliver(orderId, 'DELIVERED')).body.deliveryStatus).toBe('DELIVERED');
    await expectRefused(shop, 'INVALID_DELIVERY_TRANSITION', 409, () => deliver(orderId, 'SHIPPING'));
    await expectRefused(shop, 'ORDER_NOT_CANCELLABLE', 409, () => cancel(orderId));
    await expectRefused(shop, 'ORDER_NOT_FOUND', 404, () => deliver(idOfNothing, 'SHIPPING'));
    await expectRefused(shop, 'VALIDATION_FAILED', 400, () => deliver(orderId, 'LOST'));
    expect((await actionsOn(orderId)).map(({ action, before, after }: any) => [action, before.deliveryStatus, after.deliveryStatus])).toEqual([
      ['move-delivery', 'SHIPPING', 'DELIVERED'], ['move-delivery', 'PREPARING', 'SHIPPING'],
    ]);
  });

  test('one on its way is cancelled with a reason: the money goes back', async () => {
    const buyer = await shop.newBuyer(1_000);
    const orderId = await order(buyer);
    await deliver(orderId, 'SHIPPING');

    for (const body of [{}, { reason: '' }, { reason: 'a\0' }]) await expectRefused(shop, 'VALIDATION_FAILED', 400, () => cancel(orderId, body));
    expect(await cancel(orderId)).toMatchObject({ status: 200, body: { orderStatus: 'CANCELLED' } });
    expect((await buyer.send('GET', '/balance')).body.currentBalance).toBe(1_000);
    await expectRefused(shop, 'ORDER_NOT_CANCELLABLE', 409, () => cancel(orderId));
    await expectRefused(shop, 'ORDER_NOT_FOUND', 404, () => cancel(idOfNothing));
    const [action] = await actionsOn(orderId);
    expect(action).toMatchObject({ action: 'cancel-order', reason: 'Asked by phone', operatorId: operator.userId, after: { orderStatus: 'CANCELLED' } });
  });

  test('an operator cancels an order of their own as an operator', async () => {
    const buyer = await shop.newOperator();
    await operator.send('POST', `/admin/users/${buyer.userId}/wallet`, { amount: 1_000, reason: 'Test' });
    const orderId = await order(buyer);
    await deliver(orderId, 'SHIPPING');
    expect((await cancel(orderId, { reason: 'Mine' }, buyer)).status).toBe(200);
    const [action] = await actionsOn(orderId);
    expect(action).toMatchObject({ action: 'cancel-order', operatorId: buyer.userId });
  });
});

describe('users', () => {
  test('are found by a part of the email or the name, newest first, without their password', async () => {
    const kim = await register('kim_50%@found.example', '김하늘');
    const lee = await register('lee@found.example', '이하늘');
    const found = async (search: string) => (await operator.send('GET', `/admin/users?search=${encodeURIComponent(search)}`)).body;

    expect((await found('FOUND.example')).map(({ userId }: any) => userId)).toEqual([lee.userId, kim.userId]);
    expect((await found('하늘')).map(({ userId }: any) => userId)).toEqual([lee.userId, kim.userId]);
    expect((await found('김')).map(({ userId }: any) => userId)).toEqual([kim.userId]);
    expect((await found('_50%')).map(({ userId }: any) => userId)).toEqual([kim.userId]);
    expect(await found('nobody of that name')).toEqual([]);
    const all = (await collectPages(operator, '/admin/users?limit=3')).flat();
    expect(new Set(all.map(({ userId }) => userId)).size).toBe(all.length);
    for (const account of [...all, await operator.send('GET', `/admin/users/${kim.userId}`)]) expect(JSON.stringify(account)).not.toMatch(/argon|hash|password/i);
  });

  test('one is shown with the balance', async () => {
    const buyer = await shop.newBuyer(700);
    expect((await operator.send('GET', `/admin/users/${buyer.userId}`)).body).toEqual({
      userId: buyer.userId, email: `${buyer.userId}@test.example`, name: 'Test', phone: null, role: 'customer', createdAt: expect.any(String), currentBalance: 700,
    });
    for (const path of ['', '/wallet']) expect((await operator.send('GET', `/admin/users/${idOfNothing}${path}`)).body.code).toBe('USER_NOT_FOUND');
  });

  test('a wallet is corrected with a reason, once for each Idempotency-Key', async () => {
    const buyer = await shop.newBuyer(1_000);
    const adjust = (amount: number, reason = 'Goodwill', headers?: Record<string, string>) =>
      operator.send('POST', `/admin/users/${buyer.userId}/wallet`, { amount, reason }, headers);

    expect((await adjust(500, 'Goodwill', { 'idempotency-key': 'w1' })).body).toEqual({ userId: buyer.userId, currentBalance: 1_500 });
    expect(await adjust(500, 'Goodwill', { 'idempotency-key': 'w1' })).toMatchObject({ body: { currentBalance: 1_500 }, headers: { 'idempotency-replayed': 'true' } });
    expect((await adjust(-1_500, 'Mistake')).body.currentBalance).toBe(0);
    await expectRefused(shop, 'INSUFFICIENT_BALANCE', 409, () => adjust(-1));
    await expectRefused(shop, 'BALANCE_LIMIT_EXCEEDED', 409, () => adjust(1_000_001));
    for (const amount of [0, 0.5, 1e300, -1e13]) await expectRefused(shop, 'VALIDATION_FAILED', 400, () => adjust(amount));
    await expectRefused(shop, 'VALIDATION_FAILED', 400, () => operator.send('POST', `/admin/users/${buyer.userId}/wallet`, { amount: 1 }));
    await expectRefused(shop, 'USER_NOT_FOUND', 404, () => operator.send('POST', `/admin/users/${idOfNothing}/wallet`, { amount: 1, reason: 'x' }));

    const history = (await collectPages(operator, `/admin/users/${buyer.userId}/wallet?limit=2`)).flat();
    expect(history.map(({ type, amount, reason }) => [type, amount, reason])).toEqual([
      ['ADJUST', -1_500, 'Mistake'], ['ADJUST', 500, 'Goodwill'], ['CHARGE', 1_000, null],
    ]);
    expect((await actionsOn(buyer.userId)).map(({ action, before, after }: any) => [action, before.balance, after.balance])).toEqual([
      ['adjust-wallet', 1_500, 0], ['adjust-wallet', 1_000, 1_500],
    ]);
  });
});

describe('reports', () => {
  test('sales are summed by product and hour, in pages, by product and by time', async () => {
    const other = await shop.newProduct({ name: 'Other', price: 500, stocks: [10] });
    const hours = ['2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00.000Z', '2026-03-01T12:00:00.000Z'];
    for (const [index, hour] of hours.entries()) {
      for (const { productId } of [product, other]) await shop.rows('INSERT INTO product_sales_hourly VALUES ($1, $2, $3, $4)', [hour, productId, index + 1, 100]);
    }
    const url = '/admin/statistics/sales?to=2026-03-02T00:00:00Z';

    const all = (await collectPages(operator, `${url}&limit=1`)).flat();
    expect(all.map(({ hour, productId }) => [hour, productId])).toEqual(hours.toReversed().flatMap((hour) => [[hour, other.productId], [hour, product.productId]]));
    expect(all[0]).toEqual({ hour: hours[2], productId: other.productId, productName: 'Other', units: 3, revenue: 100 });
    const some = await operator.send('GET', `${url}&productId=${product.productId}&from=${hours[1]}`);
    expect(some.body.map(({ units }: any) => units)).toEqual([3, 2]);
    expect((await operator.send('GET', `/admin/statistics/sales?from=${hours[0]}&to=${hours[1]}`)).body).toHaveLength(2);
    const forged = Buffer.from(JSON.stringify(['sales', -9e15, idOfNothing])).toString('base64url');
    expect((await operator.send('GET', `/admin/statistics/sales?cursor=${forged}`)).status).toBe(200);
  });

  test('the audit log is found by operator, newest first, in pages', async () => {
    const other = await shop.newOperator();
    const [variantId] = product.variantIds;
    for (const delta of [1, 2, -3]) await other.send('POST', `/admin/variants/${variantId}/stock`, { delta, reason: `Count ${delta}` });
    const pages = await collectPages(operator, `/admin/actions?operatorId=${other.userId}&limit=2`);
    expect(pages.map((page) => page.map(({ reason }) => reason))).toEqual([['Count -3', 'Count 2'], ['Count 1']]);
    expect(pages[0]?.[0]).toEqual({
      actionId: expect.any(String), operatorId: other.userId, action: 'adjust-stock', subjectType: 'variant', subjectId: variantId, reason: 'Count -3',
      before: { stock: expect.any(Number) }, after: { stock: expect.any(Number) }, createdAt: expect.any(String),
    });
    expect((await operator.send('GET', `/admin/actions?operatorId=${other.userId}&subjectId=${idOfNothing}`)).body).toEqual([]);
  });
});
