import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CheckResult } from '../../src/application/ports.ts';
import { audit, auditChecks, listedMax, runChecks } from '../../src/infrastructure/postgres/audit/audit.ts';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { newCoupon } from '../campaigns.ts';
import { type TestShop, openShop } from '../shop.ts';
import { corruptions, danglingKeys } from './corruptions.ts';

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

/** The checks that fail after `corrupt`, past all constraints that allow it, in a transaction that is then forgotten. */
async function failuresAfter(corrupt: string): Promise<CheckResult[]> {
  await client.query('BEGIN');
  try {
    // As a replica the server does not check foreign keys: the corruption that a check is there for must be possible.
    await client.query('SET LOCAL session_replication_role = replica');
    if (corrupt !== '') await client.query(corrupt);
    const { checks } = await runChecks(client);
    return checks.filter(({ wrong }) => wrong > 0);
  } finally {
    await client.query('ROLLBACK');
  }
}

test('a shop in which everything has happened is clean, and every check has looked at something', async () => {
  const { clean, checks } = await audit(shop.database.pool);
  expect(checks.filter(({ checked, wrong }) => checked === 0 || wrong > 0)).toEqual([]);
  expect(clean).toBe(true);
});

test.each(corruptions)('$check finds: $what', async ({ check, sql, also = [] }) => {
  expect((await failuresAfter(sql)).map(({ name }) => name)).toEqual([check, ...also].toSorted((a, b) => position(a) - position(b)));
});

test('there is a corruption for every check', () => {
  const proven = new Set(corruptions.map(({ check }) => check));
  expect(auditChecks.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
});

test('every key that the database does not enforce is looked at', async () => {
  // Older versions enforce all keys, and do not know the word.
  const keys = await shop.rows<{ key: string }>(`
    SELECT format('%s.%s', conrelid::regclass, attname) AS key
    FROM pg_constraint c JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND to_jsonb(c)->>'conenforced' = 'false' ORDER BY 1`);

  expect(keys.map(({ key }) => key).filter((key) => !danglingKeys.includes(key))).toEqual([]);
});

test('of many differences all are counted and the first are listed, with their ids', async () => {
  const [failure, ...others] = await failuresAfter(`
    INSERT INTO users (id, email, name, role, password_hash)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@x', 'x', 'customer', '!' FROM generate_series(1, 25) n`);

  expect(others).toEqual([]);
  expect(failure).toMatchObject({ name: 'user-wallet', wrong: 25 });
  expect(failure?.differences).toEqual(
    Array.from({ length: listedMax }, (_, n) => ({ id: `00000000-0000-7000-8000-${String(n + 1).padStart(12, '0')}`, difference: 'no wallet' })),
  );
});

test('sales and their statistics go on while an audit holds its snapshot', async () => {
  const { productId } = await shop.newProduct({ stocks: [5] });
  const buyer = await shop.newBuyer(10_000);
  const counted = async () => {
    await foldSales(shop.database.db);
    return shop.rows('SELECT units FROM product_sales_hourly WHERE product_id = $1', [productId]);
  };
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await runChecks(client);
    expect(await buyer.send('POST', '/order', { items: [{ productId, quantity: 2 }] })).toMatchObject({ status: 201 });
    await vi.waitFor(async () => expect(await counted()).toEqual([{ units: 2 }]), 10_000);
    // The snapshot is that of the beginning, so what came after it is no difference.
    expect(await runChecks(client)).toMatchObject({ clean: true });
  } finally {
    await client.query('ROLLBACK');
  }
});

test('who follows an audit is told each check before it begins and after it has ended', async () => {
  const told: string[] = [];
  const { checks } = await audit(shop.database.pool, {
    onBegin: (name, nth, total) => told.push(`${nth}/${total} ${name}`),
    onResult: ({ name }) => told.push(name),
  });

  expect(told).toEqual(checks.flatMap(({ name }, index) => [`${index + 1}/${checks.length} ${name}`, name]));
});

function position(check: string): number {
  return auditChecks.findIndex(({ name }) => name === check);
}
