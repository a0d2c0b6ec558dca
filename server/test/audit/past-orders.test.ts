import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadHistory } from '../../../bench/history/load-history.ts';
import { audit } from '../../src/infrastructure/postgres/audit/audit.ts';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { findImbalances } from '../imbalances.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
let before: string[];
const orders = 2_000;

beforeAll(async () => {
  shop = await openShop({}, { workers: false });
  before = await schemaOf(shop);
  // Few customers with little money and few units: all that can happen to an order happens to some.
  await loadHistory(shop.database.pool, { users: 300, balance: 50_000, variants: 250, stock: 60, orders });
});
afterAll(() => shop.close());

/** All keys, checks and indexes, as PostgreSQL writes them. */
async function schemaOf({ rows }: TestShop): Promise<string[]> {
  const found = await rows<{ line: string }>(`
    SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS line FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY line`);
  return found.map(({ line }) => line);
}

test('a history that is loaded in bulk is one that the audit finds no fault with', async () => {
  const { checks, clean } = await audit(shop.database.pool);

  expect(checks.filter(({ wrong }) => wrong > 0)).toEqual([]);
  expect(clean).toBe(true);
  // A short history has no hold of the last minutes, and repeats of requests are not part of one.
  expect(checks.filter(({ checked }) => checked === 0).map(({ name }) => name)).toEqual(['holds']);
});

test('it has orders of every kind over all of its days', async () => {
  const [found] = await shop.rows(`
    SELECT count(*)::int AS orders, count(DISTINCT created_at::date)::int AS days,
      bool_or(status = 'SUCCESS' AND delivery_status = 'DELIVERED') AS delivered, bool_or(status = 'SUCCESS' AND delivery_status = 'PREPARING') AS preparing,
      bool_or(status = 'CANCELLED' AND paid_at IS NOT NULL) AS refunded, bool_or(status = 'CANCELLED' AND paid_at IS NULL) AS released,
      bool_or(failure_reason = 'OUT_OF_STOCK') AS sold_out, bool_or(failure_reason = 'INSUFFICIENT_BALANCE') AS unpayable,
      bool_or(status = 'SUCCESS' AND discount_amount > 0) AS discounted, max(created_at) < now() AS past
    FROM orders`);

  expect(found).toEqual({
    orders, days: expect.any(Number), delivered: true, preparing: true, refunded: true, released: true, sold_out: true, unpayable: true, discounted: true, past: true,
  });
  expect(found?.['days']).toBeGreaterThanOrEqual(40);
});

test('every key, check and index is there again afterwards', async () => {
  expect(await schemaOf(shop)).toEqual(before);
});

test('its events have been read: the statistics do not count them again', async () => {
  expect(await foldSales(shop.database.db)).toBe(0);
  expect((await audit(shop.database.pool)).clean).toBe(true);
});

test('a shop with a history goes on selling', async () => {
  const [variant] = await shop.rows<{ product_id: string; id: string }>('SELECT product_id, id FROM variants WHERE stock > 10 LIMIT 1');
  const [user] = await shop.rows<{ id: string }>(`SELECT user_id AS id FROM wallets WHERE balance = (SELECT max(balance) FROM wallets) LIMIT 1`);
  const operator = await shop.newOperator();
  const answer = await operator.send('POST', '/order', { userId: user?.id, items: [{ productId: variant?.product_id, variantId: variant?.id, quantity: 1 }] });

  expect(answer).toMatchObject({ status: 201, body: { orderStatus: 'SUCCESS' } });
  expect((await audit(shop.database.pool)).clean).toBe(true);
});

test('it is not loaded into a shop that has something already', async () => {
  const rowsBefore = await shop.rows('SELECT count(*) FROM orders');

  await expect(loadHistory(shop.database.pool, { users: 1, balance: 0, variants: 1, stock: 2, orders: 1 })).rejects.toThrow(/empty/);
  expect(await shop.rows('SELECT count(*) FROM orders')).toEqual(rowsBefore);
  expect(await schemaOf(shop)).toEqual(before);
});

test('the books add up by the sums that every other suite makes', async () => {
  const imbalances = [...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))];

  // Those sums ask for the events of all times, and the history has those of a week only.
  expect(imbalances.filter(({ what }) => !what.startsWith('event of'))).toEqual([]);
});
