import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { historyOf, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]));
afterAll(() => shop.close());

/** A buyer with 2 mugs of 1,000 won and 3 lamps of 2,000 won in the cart. */
async function buyerWithCart(balance = 100_000) {
  const buyer = await shop.newBuyer(balance);
  const [mug, lamp] = [await shop.newProduct(), await shop.newProduct({ price: 2_000 })];
  await buyer.send('POST', '/cart/add', { productId: mug.productId, quantity: 2 });
  const { body } = await buyer.send('POST', '/cart/add', { productId: lamp.productId, quantity: 3 });
  const [mugItem, lampItem] = body.items.map(({ cartItemId }: any) => cartItemId) as [string, string];
  return { buyer, mug, lamp, mugItem, lampItem };
}

const itemsOf = async (buyer: TestUser): Promise<[string, number][]> =>
  (await buyer.send('GET', '/cart')).body.items.map(({ productId, quantity }: any) => [productId, quantity]);

test('all of the cart is ordered and paid, and the cart is empty', async () => {
  const { buyer, mug, lamp } = await buyerWithCart();

  const order = await buyer.send('POST', '/cart/order');

  expect(order).toMatchObject({
    status: 201,
    headers: { location: `/orders/${order.body.orderId}` },
    body: {
      userId: buyer.userId, orderStatus: 'SUCCESS', itemsPrice: 8_000, discountAmount: 0, totalPrice: 8_000,
      items: [{ productId: mug.productId, quantity: 2, unitPrice: 1_000 }, { productId: lamp.productId, quantity: 3, unitPrice: 2_000 }],
    },
  });
  expect(await itemsOf(buyer)).toEqual([]);
  expect(await buyer.send('POST', '/cart/order')).toMatchObject({ status: 409, body: { code: 'CART_EMPTY' } });
});

test('chosen items are ordered, and the others stay', async () => {
  const { buyer, mug, lamp, lampItem } = await buyerWithCart();

  expect(await buyer.send('POST', '/cart/order', { cartItemIds: [lampItem, lampItem] })).toMatchObject({
    status: 201, body: { totalPrice: 6_000, items: [{ productId: lamp.productId, quantity: 3 }] },
  });
  expect(await itemsOf(buyer)).toEqual([[mug.productId, 2]]);
});

test('an order of the cart takes a coupon', async () => {
  const { buyer } = await buyerWithCart();
  const couponId = await issueTo(buyer, await newCoupon(shop, { discountType: 'PERCENT', discountValue: 10, minimumOrderAmount: 8_000 }));

  const order = await buyer.send('POST', '/cart/order', { couponId });

  expect(order).toMatchObject({ status: 201, body: { itemsPrice: 8_000, discountAmount: 800, totalPrice: 7_200, issuedCouponId: couponId } });
  expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', order.body.orderId]]);
});

test('an order that fails leaves the cart as it was', async () => {
  const { buyer, mug, lamp, mugItem, lampItem } = await buyerWithCart(7_999);
  const couponId = await issueTo(buyer, await newCoupon(shop, { minimumOrderAmount: 8_100 }));
  const before = await tableContents(shop);

  expect(await buyer.send('POST', '/cart/order')).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE' } });
  expect(await buyer.send('POST', '/cart/order', { couponId })).toMatchObject({ status: 409, body: { code: 'COUPON_NOT_USABLE' } });
  await shop.rows(`UPDATE products SET status = 'SUSPENDED' WHERE id = $1`, [mug.productId]);
  const failed = await buyer.send('POST', '/cart/order', { cartItemIds: [mugItem] });
  expect(failed).toMatchObject({ status: 409, body: { code: 'PRODUCT_NOT_ON_SALE' } });
  await shop.rows(`UPDATE products SET status = 'ON_SALE' WHERE id = $1`, [mug.productId]);

  expect(changedTables(before, await tableContents(shop))).toEqual(['order_items', 'order_status_history', 'orders', 'outbox', 'payments']);
  expect((await buyer.send('GET', `/orders/${failed.body.orderId}`)).body).toMatchObject({ orderStatus: 'FAILED', failureReason: 'PRODUCT_NOT_ON_SALE' });
  expect((await buyer.send('GET', '/cart')).body.items).toMatchObject([
    { cartItemId: mugItem, productId: mug.productId, quantity: 2 }, { cartItemId: lampItem, productId: lamp.productId, quantity: 3 },
  ]);
});

test('an order of items that are not there is refused without a trace', async () => {
  const { buyer, mugItem } = await buyerWithCart();
  const { mugItem: anothers } = await buyerWithCart();
  const before = await tableContents(shop);

  for (const cartItemIds of [[uuidv7()], [mugItem, uuidv7()], [anothers]]) {
    expect(await buyer.send('POST', '/cart/order', { cartItemIds })).toMatchObject({ status: 404, body: { code: 'CART_ITEM_NOT_FOUND' } });
  }
  expect(await buyer.send('POST', '/cart/order', { cartItemIds: [] })).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  expect(await buyer.send('POST', '/cart/order', { couponId: uuidv7() })).toMatchObject({ status: 404, body: { code: 'ISSUED_COUPON_NOT_FOUND' } });
  expect(await buyer.send('POST', '/cart/order', { totalPrice: 1 })).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
});

test('a direct order of the same product takes nothing out of the cart', async () => {
  const { buyer, mug, lamp } = await buyerWithCart();

  expect((await buyer.send('POST', '/order', { items: [{ productId: mug.productId, quantity: 1 }] })).status).toBe(201);
  expect(await itemsOf(buyer)).toEqual([[mug.productId, 2], [lamp.productId, 3]]);
});

test('an item added while the cart is being ordered is either in the order or still in the cart', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { buyer } = await buyerWithCart();
    const late = await shop.newProduct({ price: 500 });
    const adding = () => buyer.send('POST', '/cart/add', { productId: late.productId, quantity: 4 });
    const ordering = () => buyer.send('POST', '/cart/order');
    const [first, second] = round % 2 === 0 ? [adding, ordering] : [ordering, adding];

    const [one, other] = await Promise.all([first(), second()]);
    const order = [one, other].find(({ status }) => status === 201)?.body;

    const ordered = order.items.filter(({ productId }: any) => productId === late.productId).map(({ quantity }: any) => [late.productId, quantity]);
    expect([...ordered, ...(await itemsOf(buyer))]).toEqual([[late.productId, 4]]);
    expect(order.totalPrice).toBe(8_000 + (ordered.length > 0 ? 2_000 : 0));
  }
});

test('an order repeated with its Idempotency-Key is answered as before, and what was added meanwhile stays', async () => {
  const { buyer, mug } = await buyerWithCart();
  const order = () => buyer.send('POST', '/cart/order', {}, { 'idempotency-key': 'checkout' });
  const first = await order();
  await buyer.send('POST', '/cart/add', { productId: mug.productId, quantity: 1 });

  expect(await order()).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
  expect(await itemsOf(buyer)).toEqual([[mug.productId, 1]]);
});
