import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { idOfNothing } from '../documented-routes.ts';
import { findImbalances } from '../imbalances.ts';
import { collectPages } from '../pages.ts';
import { type TestShop, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => expect(await findImbalances(shop.rows)).toEqual([]));
afterAll(() => shop.close());

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const id = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);

describe('an order that succeeds', () => {
  test('answers with what was bought and paid, and where to find it', async () => {
    const buyer = await shop.newBuyer(10_000);
    const { productId, variantIds } = await shop.newProduct({ price: 1_500 });

    const { status, body, headers } = await buyer.send('POST', '/order', { userId: buyer.userId, items: [{ productId, quantity: 2 }] });

    expect(status).toBe(201);
    expect(body).toMatchObject({
      orderId: id, userId: buyer.userId, orderStatus: 'SUCCESS', deliveryStatus: 'PREPARING', itemsPrice: 3_000, discountAmount: 0, totalPrice: 3_000,
      failureReason: null, createdAt: time, paidAt: time, items: [{ productId, variantId: variantIds[0], quantity: 2, unitPrice: 1_500 }],
    });
    expect(headers['location']).toBe(`/orders/${body.orderId}`);
    expect((await buyer.send('GET', '/orders')).body).toEqual([body]);
  });

  test('writes exactly these rows', async () => {
    const buyer = await shop.newBuyer(10_000);
    const { productId, variantIds: [variantId] } = await shop.newProduct({ price: 1_500, stocks: [10] });
    const before = await tableContents(shop);

    const { orderId } = (await buyer.send('POST', '/order', { items: [{ productId, quantity: 2 }] })).body;

    expect(changedTables(before, await tableContents(shop)).toSorted()).toEqual([
      'order_items', 'order_status_history', 'orders', 'outbox', 'payments', 'stock_movements', 'variants', 'wallet_transactions', 'wallets',
    ]);
    const all = (columns: string, table: string, column = 'order_id') => shop.rows(`SELECT ${columns} FROM ${table} WHERE ${column} = $1`, [orderId]);
    expect(await all('user_id, status, delivery_status, items_price, discount_amount, total_price, failure_reason, paid_at = created_at AS paid_at_once', 'orders', 'id')).toEqual([
      { user_id: buyer.userId, status: 'SUCCESS', delivery_status: 'PREPARING', items_price: 3_000, discount_amount: 0, total_price: 3_000, failure_reason: null, paid_at_once: true },
    ]);
    expect(await all('variant_id, position, quantity, unit_price', 'order_items')).toEqual([{ variant_id: variantId, position: 0, quantity: 2, unit_price: 1_500 }]);
    expect(await all('status, delivery_status, reason, changed_by, changed_by_user_id', 'order_status_history')).toEqual([
      { status: 'SUCCESS', delivery_status: 'PREPARING', reason: null, changed_by: 'USER', changed_by_user_id: buyer.userId },
    ]);
    expect(await all('status, amount, failure_reason', 'payments')).toEqual([{ status: 'SUCCESS', amount: 3_000, failure_reason: null }]);
    expect(await all('variant_id, type, quantity, stock_before, stock_after, operator_id', 'stock_movements')).toEqual([
      { variant_id: variantId, type: 'SALE', quantity: -2, stock_before: 10, stock_after: 8, operator_id: null },
    ]);
    expect(await all('user_id, type, amount, balance_before, balance_after', 'wallet_transactions')).toEqual([
      { user_id: buyer.userId, type: 'PAYMENT', amount: -3_000, balance_before: 10_000, balance_after: 7_000 },
    ]);
    expect(await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantId])).toEqual([{ stock: 8 }]);
    expect(await all("type, data->>'totalPrice' AS total, data->'items' AS items", 'outbox', 'subject')).toEqual([
      { type: 'openrun.order.paid', total: '3000', items: [{ productId, variantId, quantity: 2, unitPrice: 1_500 }] },
    ]);
  });

  test('keeps the price as sold, and merges repeated lines of one variant', async () => {
    const buyer = await shop.newBuyer(100_000);
    const { productId, variantIds: [red, blue] } = await shop.newProduct({ price: 1_000, stocks: [10, 10] });
    const items = [{ productId, variantId: blue, quantity: 1 }, { productId, variantId: red, quantity: 2 }, { productId, variantId: blue, quantity: 3 }];
    const { orderId } = (await buyer.send('POST', '/order', { items })).body;
    await shop.rows('UPDATE variants SET price = 9900 WHERE product_id = $1', [productId]);

    const { body } = await buyer.send('GET', `/orders/${orderId}`);

    expect(body).toMatchObject({ totalPrice: 6_000, items: [{ variantId: blue, quantity: 4, unitPrice: 1_000 }, { variantId: red, quantity: 2, unitPrice: 1_000 }] });
  });

  test('shows its items by name, its payment and its history', async () => {
    const buyer = await shop.newBuyer(10_000);
    const { productId } = await shop.newProduct({ name: 'Blue mug' });
    const { body: placed } = await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });

    const { body } = await buyer.send('GET', `/orders/${placed.orderId}`);

    expect(body).toMatchObject({
      ...placed,
      items: [{ ...placed.items[0], productName: 'Blue mug', variantName: '' }],
      payments: [{ paymentId: id, status: 'SUCCESS', amount: 1_000, failureReason: null, createdAt: time }],
      statusHistory: [{ orderStatus: 'SUCCESS', deliveryStatus: 'PREPARING', reason: null, changedBy: 'USER', createdAt: time }],
    });
  });

  test('placed by an operator for a user is the user’s, and its history says who', async () => {
    const [operator, buyer] = [await shop.newOperator(), await shop.newBuyer(10_000)];
    const { productId } = await shop.newProduct();

    const { body } = await operator.send('POST', '/order', { userId: buyer.userId, items: [{ productId, quantity: 1 }] });

    expect(body).toMatchObject({ userId: buyer.userId, orderStatus: 'SUCCESS' });
    expect((await buyer.send('GET', `/orders/${body.orderId}`)).body.statusHistory).toMatchObject([{ changedBy: 'OPERATOR' }]);
    expect((await operator.send('GET', `/orders?userId=${buyer.userId}`)).body).toHaveLength(1);
  });
});

describe('whose order', () => {
  test('another’s order answers like one that does not exist', async () => {
    const [buyer, other] = [await shop.newBuyer(10_000), await shop.newBuyer()];
    const { productId } = await shop.newProduct();
    const { orderId } = (await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })).body;

    const [theirs, nothing] = [await other.send('GET', `/orders/${orderId}`), await other.send('GET', `/orders/${idOfNothing}`)];

    expect(theirs).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
    expect(nothing.body).toEqual(theirs.body);
    expect((await other.send('GET', '/orders')).body).toEqual([]);
    expect(await other.send('GET', `/orders?userId=${buyer.userId}`)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await (await shop.newOperator()).send('GET', `/orders/${orderId}`)).status).toBe(200);
  });

  test('with another’s money is refused and changes nothing', async () => {
    const [buyer, other] = [await shop.newBuyer(10_000), await shop.newBuyer(10_000)];
    const { productId } = await shop.newProduct();
    const before = await tableContents(shop);

    expect(await buyer.send('POST', '/order', { userId: other.userId, items: [{ productId, quantity: 1 }] })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('an operator is told when there is no such user', async () => {
    const operator = await shop.newOperator();
    const { productId } = await shop.newProduct();
    const noSuchUser = { status: 404, body: { code: 'USER_NOT_FOUND' } };

    expect(await operator.send('POST', '/order', { userId: idOfNothing, items: [{ productId, quantity: 1 }] })).toMatchObject(noSuchUser);
    expect(await operator.send('GET', `/orders?userId=${idOfNothing}`)).toMatchObject(noSuchUser);
  });
});

test('the list’s pages visit every order exactly once, newest first, also when orders are added meanwhile, and filter by status', async () => {
  const buyer = await shop.newBuyer(12_000);
  const { productId } = await shop.newProduct({ price: 1_000, stocks: [100] });
  const order = () => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });
  for (let n = 0; n < 15; n += 1) await order();
  const placed = (await shop.rows<{ id: string }>('SELECT id FROM orders WHERE user_id = $1 ORDER BY id DESC', [buyer.userId])).map((row) => row.id);

  const pages = await collectPages(buyer, '/orders?limit=4', order);

  expect(pages.map((page) => page.length)).toEqual([4, 4, 4, 3]);
  expect(pages.flat().map(({ orderId }) => orderId)).toEqual(placed);
  expect((await collectPages(buyer, '/orders?status=SUCCESS&limit=5')).flat()).toHaveLength(12);
  expect((await collectPages(buyer, '/orders?status=FAILED&limit=5')).flat()).toHaveLength(3 + 3);
});
