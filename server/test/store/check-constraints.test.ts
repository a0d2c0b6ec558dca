import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

const writtenByTheDesk = [
  'orders', 'order_items', 'order_status_history', 'payments', 'issued_coupons', 'coupons', 'coupon_history', 'stock_movements', 'variants',
  'wallet_transactions', 'wallets', 'outbox', 'idempotency_keys',
];

test('every CHECK holds for all rows, those from before it too', async () => {
  expect(await shop.rows(`SELECT conname FROM pg_constraint WHERE contype = 'c' AND NOT convalidated`)).toEqual([]);
});

test('a list of values is a constant in the tables that the desk writes, not made anew by each statement', async () => {
  const made = await shop.rows(
    `SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = ANY ($1::regclass[]) AND pg_get_constraintdef(oid) LIKE '%ARRAY[%'`,
    [writtenByTheDesk],
  );
  expect(made).toEqual([]);
});
