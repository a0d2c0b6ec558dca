import { afterAll, beforeAll, expect, test } from 'vitest';
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
