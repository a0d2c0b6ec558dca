import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

const restMs = 60_000;

async function sell(): Promise<void> {
  const [buyer, { productId }] = [await shop.newBuyer(1_000), await shop.newProduct()];
  expect((await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })).status).toBe(201);
}

/** The position's time is that of the last fold, whichever server did it. */
async function foldedAgo(time: string): Promise<void> {
  await shop.rows(`UPDATE outbox_readers SET updated_at = now() - $1::interval WHERE reader = 'sales-statistics'`, [time]);
}

/** Events that a fold would find. */
async function readable(): Promise<unknown> {
  const [found] = await shop.rows('SELECT count(*)::int AS events FROM outbox WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())');
  return found?.['events'];
}

// A fold waits for every transaction of the whole server, so also for those of suites that run beside this one.
const patiently = { timeout: 20_000 };

test('after a fold by any server, all of them rest before the next', async () => {
  await sell();
  await foldedAgo('10 seconds');
  await expect.poll(readable, patiently).toBe(1);
  expect(await foldSales(shop.database.db, restMs)).toBe(0);

  await foldedAgo('61 seconds');
  expect(await foldSales(shop.database.db, restMs)).toBe(1);

  await sell();
  await expect.poll(readable, patiently).toBe(2);
  expect(await foldSales(shop.database.db, restMs)).toBe(0);
  expect(await shop.rows('SELECT sum(units)::int AS units FROM product_sales_hourly')).toEqual([{ units: 1 }]);
});

test('a clock that was set back does not stop the statistics', async () => {
  await sell();
  await foldedAgo('-1 hour');
  await expect.poll(readable, patiently).toBeGreaterThan(0);

  expect(await foldSales(shop.database.db, restMs)).toBeGreaterThan(0);
});

// A history is loaded with its statistics: its events are behind the reader from the beginning, also while an older transaction is running.
test('what lies behind the reader is not counted again while an older transaction is running', async () => {
  const unitsOf = async () => (await shop.rows('SELECT coalesce(sum(units), 0)::int AS units FROM product_sales_hourly'))[0]?.['units'];
  const older = await shop.database.pool.connect();
  try {
    await older.query('BEGIN');
    await older.query('SELECT pg_current_xact_id()');
    await sell();
    await shop.rows(`UPDATE outbox_readers SET next_transaction_id = (pg_current_xact_id()::text::numeric + 1)::text::xid8`);
    const units = await unitsOf();

    expect(await foldSales(shop.database.db)).toBe(0);
    await older.query('COMMIT');
    await expect.poll(() => shop.rows('SELECT FROM outbox_readers WHERE next_transaction_id > pg_snapshot_xmin(pg_current_snapshot())'), patiently).toEqual([]);
    expect(await foldSales(shop.database.db)).toBe(0);
    expect(await unitsOf()).toBe(units);
  } finally {
    older.release();
  }
});
