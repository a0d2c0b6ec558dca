import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { idOfNothing } from '../documented-routes.ts';
import { findImbalances } from '../imbalances.ts';
import { type MadeProduct, type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
let buyer: TestUser;
let mug: MadeProduct;
let shirt: MadeProduct;
let suspended: MadeProduct;
beforeAll(async () => {
  shop = await openShop();
  buyer = await shop.newBuyer(5_000);
  mug = await shop.newProduct({ price: 1_000, stocks: [3] });
  shirt = await shop.newProduct({ price: 100, stocks: [5, 5] });
  suspended = await shop.newProduct({ price: 100, status: 'SUSPENDED' });
});
afterEach(async () => expect(await findImbalances(shop.rows)).toEqual([]));
afterAll(() => shop.close());

const order = (...items: object[]) => buyer.send('POST', '/order', { items });

describe('an order that fails is kept with its reason, and nothing else is changed', () => {
  test.each<[string, string, () => object[]]>([
    ['one unit short', 'OUT_OF_STOCK', () => [{ productId: mug.productId, quantity: 4 }]],
    ['short after merging lines', 'OUT_OF_STOCK', () => [{ productId: mug.productId, quantity: 2 }, { productId: mug.productId, variantId: mug.variantIds[0], quantity: 2 }]],
    ['short of one of two products', 'OUT_OF_STOCK', () => [{ productId: shirt.productId, variantId: shirt.variantIds[0], quantity: 1 }, { productId: mug.productId, quantity: 4 }]],
    ['too dear', 'INSUFFICIENT_BALANCE', () => [{ productId: mug.productId, quantity: 3 }]],
    ['suspended', 'PRODUCT_NOT_ON_SALE', () => [{ productId: suspended.productId, quantity: 1 }]],
    ['suspended and short of stock', 'PRODUCT_NOT_ON_SALE', () => [{ productId: mug.productId, quantity: 4 }, { productId: suspended.productId, quantity: 1 }]],
  ])('%s: %s', async (what, code, items) => {
    if (what === 'too dear') await shop.rows(`UPDATE variants SET price = 2000 WHERE id = $1`, [mug.variantIds[0]]);
    const before = await tableContents(shop);

    const { status, body, headers } = await order(...items());

    expect({ status, code: body.code }).toEqual({ status: 409, code });
    expect(headers['content-type']).toContain('application/problem+json');
    expect(changedTables(before, await tableContents(shop)).toSorted()).toEqual(['order_items', 'order_status_history', 'orders', 'outbox', 'payments']);
    const kept = await buyer.send('GET', `/orders/${body.orderId}`);
    expect(kept.body).toMatchObject({
      orderStatus: 'FAILED', failureReason: code, deliveryStatus: null, paidAt: null,
      payments: [{ status: 'FAILED', failureReason: code, amount: kept.body.totalPrice }],
      statusHistory: [{ orderStatus: 'FAILED', reason: code, changedBy: 'USER' }],
    });
    expect(await shop.rows("SELECT type, data->>'failureReason' AS reason FROM outbox WHERE subject = $1", [body.orderId])).toEqual([{ type: 'openrun.order.failed', reason: code }]);
    await shop.rows(`UPDATE variants SET price = 1000 WHERE id = $1`, [mug.variantIds[0]]);
  });
});

describe('an order that cannot be understood is not kept, and nothing is changed', () => {
  test.each<[string, number, string, () => object[]]>([
    ['a product that does not exist', 404, 'PRODUCT_NOT_FOUND', () => [{ productId: idOfNothing, quantity: 1 }]],
    ['a variant that does not exist', 404, 'VARIANT_NOT_FOUND', () => [{ productId: mug.productId, variantId: idOfNothing, quantity: 1 }]],
    ['a variant of another product', 404, 'VARIANT_NOT_FOUND', () => [{ productId: mug.productId, variantId: shirt.variantIds[0], quantity: 1 }]],
    ['a product with several variants', 400, 'VARIANT_REQUIRED', () => [{ productId: shirt.productId, quantity: 1 }]],
    ['1,001 units in repeated lines', 400, 'INVALID_QUANTITY', () => [{ productId: mug.productId, quantity: 1_000 }, { productId: mug.productId, quantity: 1 }]],
    ['a known and an unknown product', 404, 'PRODUCT_NOT_FOUND', () => [{ productId: mug.productId, quantity: 1 }, { productId: idOfNothing, quantity: 1 }]],
  ])('%s: %i %s', async (_what, status, code, items) => {
    const before = await tableContents(shop);

    const answer = await order(...items());

    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.body).not.toHaveProperty('orderId');
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });
});

test('100 variants are one order, 101 are refused', async () => {
  const rich = await shop.newBuyer(1_000_000);
  const { productId, variantIds } = await shop.newProduct({ price: 100, stocks: Array.from({ length: 101 }, () => 5) });
  const items = variantIds.map((variantId) => ({ productId, variantId, quantity: 1 }));

  expect(await rich.send('POST', '/order', { items })).toMatchObject({ status: 400, body: { code: 'TOO_MANY_ITEMS' } });
  expect(await rich.send('POST', '/order', { items: items.slice(0, 100) })).toMatchObject({ status: 201, body: { totalPrice: 10_000 } });
});

test('a product suspended between browsing and buying is not sold', async () => {
  const { productId } = await shop.newProduct();
  expect((await buyer.send('GET', `/products/${productId}`)).status).toBe(200);
  await shop.rows(`UPDATE products SET status = 'SUSPENDED' WHERE id = $1`, [productId]);

  expect(await order({ productId, quantity: 1 })).toMatchObject({ status: 409, body: { code: 'PRODUCT_NOT_ON_SALE' } });
});
