import { afterAll, expect, test } from 'vitest';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { historyOf, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { endHolds, movementsOf } from '../order-steps.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
afterAll(() => shop.close());

const releaseLimitMs = 5_000;

test('a hold whose time ended while no server ran is released within 5 seconds after one starts, and one in time is kept', async () => {
  const closed = await openShop();
  const [buyer, { productId, variantIds }] = [await closed.newBuyer(5_000), await closed.newProduct()];
  const couponId = await issueTo(buyer, await newCoupon(closed));
  const hold = async (different = {}) => (await buyer.send('POST', '/orders', { items: [{ productId, quantity: 2 }], ...different })).body.orderId;
  const [ended, kept] = [await hold({ couponId }), await hold()];
  await closed.close();
  // Nobody serves: the time passes.
  shop = await openShop({ DATABASE_URL: closed.databaseUrl }, { workers: false });
  await endHolds(shop, ended);

  shop.startWorkers();
  await expect
    .poll(async () => (await shop.rows('SELECT status FROM orders WHERE id = $1', [ended]))[0]?.['status'], { timeout: releaseLimitMs, interval: 50 })
    .toBe('CANCELLED');

  expect(await movementsOf(shop, ended)).toEqual([['SALE', -2], ['RELEASE', 2]]);
  expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', ended], ['RESTORED', ended]]);
  expect(await shop.rows('SELECT changed_by, reason FROM order_status_history WHERE order_id = $1 ORDER BY id', [ended])).toEqual([
    { changed_by: 'USER', reason: null }, { changed_by: 'SYSTEM', reason: 'HOLD_EXPIRED' },
  ]);
  expect(await shop.rows('SELECT status FROM orders WHERE id = $1', [kept])).toEqual([{ status: 'PENDING' }]);
  expect(await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantIds[0]])).toEqual([{ stock: 8 }]);
  expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]);
});

test('1,500 holds that ended at once, more than one round of the job takes, are all released', async () => {
  const buyer = await shop.newBuyer();
  const { productId, variantIds } = await shop.newProduct({ stocks: [1_500] });
  const answers = await Promise.all(
    Array.from({ length: 1_500 }, () => buyer.send('POST', '/orders', { items: [{ productId, quantity: 1 }] })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1_500);

  await endHolds(shop, ...answers.map(({ body }) => body.orderId));

  await expect
    .poll(async () => (await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantIds[0]]))[0]?.['stock'], { timeout: 30_000, interval: 100 })
    .toBe(1_500);
  expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]);
});
