import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { type Answer, type TestShop, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
  await shop.rows(`
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$`);
});
afterEach(async () => expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]));
afterAll(() => shop.close());

/** Expects that a request is refused without a trace while one table cannot be written, and that its repeat is accepted afterwards. */
async function expectNothingWithout(table: string, request: () => Promise<Answer>): Promise<void> {
  const before = await tableContents(shop);
  await shop.rows(`CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION no_room()`);
  const { status, body } = await request();
  await shop.rows(`DROP TRIGGER no_room ON ${table}`);

  expect([table, status, body.code]).toEqual([table, 503, 'UNAVAILABLE']);
  expect([table, changedTables(before, await tableContents(shop))]).toEqual([table, []]);
  expect([table, (await request()).status]).toEqual([table, 201]);
}

test('an order is kept with all that belongs to it, its event and its Idempotency-Key included, or not at all', async () => {
  const { productId } = await shop.newProduct({ stocks: [100] });
  const tables = [
    'orders', 'order_items', 'order_status_history', 'payments', 'wallets', 'wallet_transactions', 'variants', 'stock_movements',
    'issued_coupons', 'coupon_history', 'outbox', 'idempotency_keys',
  ];
  for (const table of tables) {
    const buyer = await shop.newBuyer(10_000);
    const couponId = await issueTo(buyer, await newCoupon(shop));
    const items = [{ productId, quantity: 1 }];
    await expectNothingWithout(table, () => buyer.send('POST', '/order', { items, couponId }, { 'idempotency-key': table }));
  }
});

test('a coupon is issued with its place, its history, its event and its Idempotency-Key, or not at all', async () => {
  const couponId = await newCoupon(shop, { totalQuantity: 5 });
  for (const table of ['coupons', 'issued_coupons', 'coupon_history', 'outbox', 'idempotency_keys']) {
    const buyer = await shop.newBuyer();
    await expectNothingWithout(table, () => buyer.send('POST', `/coupons/${couponId}/issue`, undefined, { 'idempotency-key': table }));
  }
  expect(await shop.rows('SELECT issued_quantity FROM coupons WHERE id = $1', [couponId])).toEqual([{ issued_quantity: 5 }]);
});
