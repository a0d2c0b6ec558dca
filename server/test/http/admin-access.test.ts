import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedRoutes } from '../documented-routes.ts';
import { changedTables, tableContents } from '../table-contents.ts';
import { type TestShop, openShop, send } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const adminRoutes = async () => (await documentedRoutes(shop.app)).filter(({ path }) => path.startsWith('/admin'));

test("the operators' routes are all there", async () => {
  expect((await adminRoutes()).map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    'GET /admin/actions',
    'GET /admin/coupons',
    'GET /admin/coupons/{couponId}',
    'GET /admin/coupons/{couponId}/issued',
    'GET /admin/issued-coupons',
    'GET /admin/orders',
    'GET /admin/orders/{orderId}',
    'GET /admin/products',
    'GET /admin/products/{productId}',
    'GET /admin/statistics/sales',
    'GET /admin/users',
    'GET /admin/users/{userId}',
    'GET /admin/users/{userId}/wallet',
    'GET /admin/variants/{variantId}/movements',
    'PATCH /admin/coupons/{couponId}',
    'PATCH /admin/products/{productId}',
    'PATCH /admin/variants/{variantId}',
    'POST /admin/coupons',
    'POST /admin/orders/{orderId}/cancel',
    'POST /admin/orders/{orderId}/delivery',
    'POST /admin/products',
    'POST /admin/products/{productId}/variants',
    'POST /admin/users/{userId}/wallet',
    'POST /admin/variants/{variantId}/stock',
  ]);
});

test('nobody but an operator gets in, whatever they send, and nothing changes', async () => {
  const buyer = await shop.newBuyer();
  const before = await tableContents(shop);
  for (const { method, url } of await adminRoutes()) {
    for (const body of method === 'GET' ? [undefined] : [undefined, {}, { reason: 'x' }]) {
      expect([url, await buyer.send(method as 'GET', url, body)]).toMatchObject([url, { status: 403, body: { code: 'FORBIDDEN' } }]);
      expect([url, await send(shop.app, undefined, method as 'GET', url, body)]).toMatchObject([url, { status: 401, body: { code: 'UNAUTHENTICATED' } }]);
    }
  }
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
});

test('an operator gets in everywhere', async () => {
  const operator = await shop.newOperator();
  for (const { method, url } of await adminRoutes()) expect([200, 400, 404]).toContain((await operator.send(method as 'GET', url)).status);
});
