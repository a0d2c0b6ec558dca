import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { audit, auditChecks, runChecks } from '../../src/infrastructure/postgres/audit/audit.ts';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { newCoupon } from '../campaigns.ts';
import { type TestShop, openShop } from '../shop.ts';
import { corruptions } from './corruptions.ts';

let shop: TestShop;
let client: Client;

/** A shop in which everything has happened once. */
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
  const { productId } = await shop.newProduct({ price: 2_000, stocks: [20] });
  const couponId = await newCoupon(shop, { discountValue: 500, totalQuantity: 5 });
  const [buyer, other] = [await shop.newBuyer(20_000), await shop.newBuyer(20_000)];
  const items = [{ productId, quantity: 2 }];
  await buyer.send('POST', '/balance/charge', { amount: 1_000 }, { 'idempotency-key': 'charge' });
  const issued = await buyer.send('POST', `/coupons/${couponId}/issue`);
  await other.send('POST', `/coupons/${couponId}/issue`);
  expect(await buyer.send('POST', '/order', { items, couponId: issued.body.issuedCouponId })).toMatchObject({ status: 201 });
  const plain = await other.send('POST', '/order', { items });
  const cancelled = await other.send('POST', '/order', { items });
  expect(await other.send('POST', `/orders/${cancelled.body.orderId}/cancel`)).toMatchObject({ status: 200 });
  expect(await other.send('POST', '/order', { items: [{ productId, quantity: 999 }] })).toMatchObject({ status: 409 });
  expect(await other.send('POST', '/orders', { items })).toMatchObject({ status: 201 });
  const released = await other.send('POST', '/orders', { items });
  await other.send('POST', `/orders/${released.body.orderId}/cancel`);
  expect(plain.status).toBe(201);
  // Statistics are at rest, so that a corrupted event does not also change what is still to be counted.
  await vi.waitFor(async () => {
    await foldSales(shop.database.db);
    const uncounted = await shop.rows(
      `SELECT FROM outbox WHERE transaction_id >= (SELECT next_transaction_id FROM outbox_readers WHERE reader = 'sales-statistics')`,
    );
    expect(uncounted).toEqual([]);
  }, 10_000);
  client = new Client({ connectionString: shop.databaseUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await shop.close();
});

/** Names of the checks that fail after `corrupt`, past all constraints that allow it, in a transaction that is then forgotten. */
async function failingChecks(corrupt: string): Promise<string[]> {
  await client.query('BEGIN');
  try {
    // As a replica the server does not check foreign keys: the corruption that a check is there for must be possible.
    await client.query('SET LOCAL session_replication_role = replica');
    if (corrupt !== '') await client.query(corrupt);
    const { checks } = await runChecks(client, () => {});
    return checks.filter(({ wrong }) => wrong > 0).map(({ name }) => name);
  } finally {
    await client.query('ROLLBACK');
  }
}

test('a shop in which everything has happened is clean, and every check has looked at something', async () => {
  const { clean, checks } = await audit(shop.database.pool, () => {});
  expect(checks.filter(({ checked, wrong }) => checked === 0 || wrong > 0)).toEqual([]);
  expect(clean).toBe(true);
});

test.each(corruptions)('$check finds: $what', async ({ check, sql, also = [] }) => {
  expect(await failingChecks(sql)).toEqual([check, ...also].toSorted((a, b) => position(a) - position(b)));
});

test('there is a corruption for every check', () => {
  const proven = new Set(corruptions.map(({ check }) => check));
  expect(auditChecks.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
});

function position(check: string): number {
  return auditChecks.findIndex(({ name }) => name === check);
}
