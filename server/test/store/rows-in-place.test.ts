import { afterAll, beforeAll, expect, test } from 'vitest';
import { newCoupon } from '../campaigns.ts';
import { issueTo } from '../issued-coupons.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

/** What a sale changes of rows that are there already. */
const changed: [table: string, columns: string[]][] = [
  ['wallets', ['balance', 'updated_at']],
  ['variants', ['stock', 'updated_at']],
  ['coupons', ['issued_quantity', 'updated_at']],
  ['issued_coupons', ['status', 'order_id', 'used_at', 'updated_at']],
];

// PostgreSQL puts the new version of a row beside the old one only if no index, nor the condition of one, names a changed column.
test.each(changed)('a sale changes no index of %s', async (table, columns) => {
  const indexes = await shop.rows('SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = $1::regclass', [table]);
  const definitions = indexes.map(({ definition }) => String(definition));
  expect(definitions.length).toBeGreaterThan(0);
  for (const column of columns) expect(definitions.filter((definition) => new RegExp(String.raw`\b${column}\b`).test(definition))).toEqual([]);
});

test('coupons that were issued one after another and are used at once find room beside their rows', async () => {
  // More than two pages of them.
  const buyers = await Promise.all(Array.from({ length: 80 }, () => shop.newBuyer(1_000)));
  const couponId = await newCoupon(shop, { totalQuantity: buyers.length });
  const { productId } = await shop.newProduct({ stocks: [buyers.length] });
  const issued = await Promise.all(buyers.map((buyer) => issueTo(buyer, couponId)));

  const answers = await Promise.all(
    buyers.map((buyer, index) => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }], couponId: issued[index] })),
  );

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  // The desk's session tells at the end of a transaction, but only once a second.
  const counted = async () => {
    await buyers[0]?.send('POST', '/balance/charge', { amount: 1 });
    return (await shop.rows(`SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS "inPlace" FROM pg_stat_user_tables WHERE relname = 'issued_coupons'`))[0];
  };
  await expect.poll(counted, { timeout: 20_000, interval: 300 }).toMatchObject({ updated: buyers.length });
  expect(await counted()).toEqual({ updated: buyers.length, inPlace: buyers.length });
});
