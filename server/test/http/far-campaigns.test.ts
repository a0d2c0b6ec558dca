import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestShop, openShop, send } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const moments = ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59-12:00', '9999-12-31T23:59:59.999999999Z', '0001-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '0000-01-01T00:00:00Z', '0099-01-01T00:00:00Z'];

test.each(moments)('a campaign that begins or ends at %s is listed, also across pages', async (moment) => {
  const operator = await shop.newOperator();
  const [startsAt, endsAt] = moment.startsWith('9') ? ['2026-01-01T00:00:00Z', moment] : [moment, '2099-01-01T00:00:00Z'];
  const terms = { name: { ko: '쿠폰', en: 'Coupon' }, discountType: 'AMOUNT', discountValue: 1, minimumOrderAmount: 0, totalQuantity: 1 };
  const made = await operator.send('POST', '/admin/coupons', { ...terms, startsAt, endsAt });

  expect(made.status).toBe(201);
  const list = await send(shop.app, undefined, 'GET', '/coupons?limit=1');
  expect(list.status).toBe(200);
  const next = /<(.*)>/.exec((list.headers['link'] as string | undefined) ?? '')?.[1];
  if (next) expect((await send(shop.app, undefined, 'GET', next)).status).toBe(200);
});
