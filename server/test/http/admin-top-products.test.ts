import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dailyTop, liveTop, takeTopSnapshot } from '../../src/infrastructure/postgres/top-products.ts';
import { expectWaiting } from '../expect-waiting.ts';
import { type TestShop, openShop, send } from '../shop.ts';

let shop: TestShop;
let a: string;
let b: string;
beforeAll(async () => {
  shop = await openShop({ TOP_PRODUCTS_MODE: 'daily', TOP_PRODUCTS_TIME_ZONE: 'Asia/Seoul', DATABASE_POOL_MAX: '8' }, { workers: false });
  a = (await shop.newProduct({ name: 'A' })).productId;
  b = (await shop.newProduct({ name: 'B' })).productId;
});
beforeEach(() => shop.rows('TRUNCATE top_product_snapshots, product_sales_hourly, product_sales_daily'));
afterAll(() => shop.close());

const sell = (productId: string, hour: string, units: number) => shop.rows('INSERT INTO product_sales_hourly VALUES ($1, $2, $3, 0)', [hour, productId, units]);
const daily = async (now: string, { days = 3, limit = 5, zone = 'Asia/Seoul' } = {}) =>
  (await dailyTop(shop.database.db, zone)(days, limit, 'en', new Date(now))).map(({ name, totalSales }) => [name, totalSales]);
const live = async (now: string) => (await liveTop(shop.database.db)(3, 5, 'en', new Date(now))).map(({ totalSales }) => totalSales);
const snapshot = (now: string, zone = 'Asia/Seoul') => takeTopSnapshot(shop.database.db, zone, new Date(now));

describe('as of midnight in Seoul', () => {
  // 00:00 of 10 June in Seoul is 15:00 of 9 June in UTC.
  beforeEach(async () => {
    await sell(a, '2026-06-09T14:00:00Z', 2);
    await sell(b, '2026-06-09T15:00:00Z', 9);
    await sell(a, '2026-06-06T15:00:00Z', 10);
    await sell(a, '2026-06-06T14:00:00Z', 100);
  });

  test('the last hour of the day counts, the first of the next does not, and the window is three whole days', async () => {
    expect(await daily('2026-06-09T15:00:00Z')).toEqual([['A', 12]]);
    expect(await daily('2026-06-10T14:59:59Z')).toEqual([['A', 12]]);
  });

  test('one moment before midnight it is still the day before', async () => {
    expect(await daily('2026-06-09T14:59:59.999Z')).toEqual([['A', 110]]);
  });

  test('the next midnight brings the sales of the day', async () => {
    expect(await daily('2026-06-10T15:00:00Z')).toEqual([['B', 9], ['A', 2]]);
  });

  test('other windows end at the same midnight', async () => {
    expect(await daily('2026-06-10T10:00:00Z', { days: 1 })).toEqual([['A', 2]]);
    expect(await daily('2026-06-10T10:00:00Z', { days: 4 })).toEqual([['A', 112]]);
    expect(await daily('2026-06-11T10:00:00Z', { days: 2, limit: 1 })).toEqual([['B', 9]]);
  });

  test('a snapshot is taken once for each day, and later cancellations do not change it', async () => {
    expect(await snapshot('2026-06-09T15:01:00Z')).toBe(true);
    expect(await snapshot('2026-06-09T15:02:00Z')).toBe(false);
    await shop.rows('UPDATE product_sales_hourly SET units = 1 WHERE product_id = $1', [a]);

    expect(await daily('2026-06-09T23:00:00Z')).toEqual([['A', 12]]);
    expect(await daily('2026-06-10T15:00:00Z')).toEqual([['B', 9], ['A', 1]]);
    expect(await shop.rows(`SELECT taken_for::text AS day, days, position, units FROM top_product_snapshots`)).toEqual([
      { day: '2026-06-10', days: 3, position: 1, units: 12 },
    ]);
    expect(await snapshot('2026-06-10T15:01:00Z')).toBe(true);
  });

  test('the sales of the last moments have a minute to arrive before it is taken', async () => {
    await snapshot('2026-06-09T15:00:30Z');
    expect(await shop.rows('SELECT DISTINCT taken_for::text AS day FROM top_product_snapshots')).toEqual([{ day: '2026-06-09' }]);
  });

  test('of several instances at once one takes it', async () => {
    const outsider = new Client({ connectionString: shop.databaseUrl });
    await outsider.connect();
    try {
      // Who writes the snapshot cannot end before the others have begun, because what it refers to is held.
      await outsider.query('BEGIN');
      await outsider.query('SELECT FROM products FOR UPDATE');
      const attempts = Promise.all(Array.from({ length: 4 }, () => snapshot('2026-06-10T15:01:00Z')));
      await expectWaiting(shop, 4);
      await outsider.query('COMMIT');

      expect((await attempts).filter(Boolean)).toHaveLength(1);
    } finally {
      await outsider.end();
    }
    expect(await shop.rows('SELECT position, product_id, units FROM top_product_snapshots ORDER BY 1')).toEqual([
      { position: 1, product_id: b, units: 9 }, { position: 2, product_id: a, units: 2 },
    ]);
  });

  test('names are those of today, and what is no longer on sale is left out', async () => {
    await snapshot('2026-06-10T15:01:00Z');
    await shop.rows(`UPDATE products SET name_en = 'New name' WHERE id = $1`, [a]);
    await shop.rows(`UPDATE products SET status = 'SUSPENDED' WHERE id = $1`, [b]);
    expect(await daily('2026-06-11T00:00:00Z')).toEqual([['New name', 2]]);
    await shop.rows(`UPDATE products SET name_en = 'A', status = 'ON_SALE' WHERE id = $1`, [a]);
    await shop.rows(`UPDATE products SET status = 'ON_SALE' WHERE id = $1`, [b]);
  });
});

describe('in a zone whose clocks change', () => {
  const zone = 'America/New_York';

  test('a day of 23 hours: midnights are 05:00 and then 04:00 in UTC', async () => {
    // Clocks go forward on 8 March 2026.
    await sell(a, '2026-03-08T04:00:00Z', 1);
    await sell(a, '2026-03-08T05:00:00Z', 10);
    await sell(a, '2026-03-09T03:00:00Z', 100);
    await sell(a, '2026-03-09T04:00:00Z', 1_000);
    expect(await daily('2026-03-09T03:59:59Z', { days: 1, zone })).toEqual([['A', 1]]);
    expect(await daily('2026-03-09T04:00:00Z', { days: 1, zone })).toEqual([['A', 110]]);
  });

  test('a day of 25 hours', async () => {
    // Clocks go back on 1 November 2026.
    await sell(b, '2026-11-01T04:00:00Z', 1);
    await sell(b, '2026-11-02T04:00:00Z', 10);
    await sell(b, '2026-11-02T05:00:00Z', 100);
    expect(await daily('2026-11-02T04:59:59Z', { days: 1, zone })).toEqual([]);
    expect(await daily('2026-11-02T05:00:00Z', { days: 1, zone })).toEqual([['B', 11]]);
    expect(await snapshot('2026-11-02T05:01:00Z', zone)).toBe(true);
    expect(await daily('2026-11-02T12:00:00Z', { zone })).toEqual([['B', 11]]);
  });

  test('a day without 00:00 begins with its first moment', async () => {
    // In Cairo, 24 April 2026 begins at 01:00, which is 22:00 in UTC.
    await sell(a, '2026-04-23T21:00:00Z', 1);
    await sell(a, '2026-04-23T22:00:00Z', 10);
    expect(await daily('2026-04-23T22:00:00Z', { days: 1, zone: 'Africa/Cairo' })).toEqual([['A', 1]]);
    expect(await daily('2026-04-24T21:00:00Z', { days: 1, zone: 'Africa/Cairo' })).toEqual([['A', 10]]);
  });

  test('where midnight is at half past, no hour is counted twice or lost', async () => {
    // 00:00 in Kolkata is 18:30 in UTC.
    await sell(a, '2026-06-09T17:00:00Z', 1);
    await sell(a, '2026-06-09T18:00:00Z', 10);
    expect(await daily('2026-06-09T20:00:00Z', { days: 1, zone: 'Asia/Kolkata' })).toEqual([['A', 1]]);
    expect(await daily('2026-06-10T20:00:00Z', { days: 1, zone: 'Asia/Kolkata' })).toEqual([['A', 10]]);
  });
});

test('the live ranking looks from the given moment, to whole hours', async () => {
  await sell(a, '2026-06-06T10:00:00Z', 5);
  await sell(a, '2026-06-06T09:00:00Z', 50);
  expect(await live('2026-06-09T10:59:59Z')).toEqual([5]);
  expect(await live('2026-06-09T09:59:59Z')).toEqual([55]);
});

test('a window is the sum of its hours, wherever its whole days begin', async () => {
  const first = Date.UTC(2026, 5, 1);
  const hourMs = 3_600_000;
  const sales = fc.uniqueArray(fc.tuple(fc.nat(24 * 7), fc.integer({ min: 1, max: 9 })), { selector: ([hour]) => hour, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(sales, fc.nat(24 * 7 * 60), fc.integer({ min: 1, max: 5 }), async (sold, minutes, days) => {
      await shop.rows('TRUNCATE product_sales_hourly, product_sales_daily');
      for (const [hour, units] of sold) await sell(a, new Date(first + hour * hourMs).toISOString(), units);
      const last = Math.floor(minutes / 60);
      const expected = sold.reduce((sum, [hour, units]) => (hour >= last - days * 24 && hour <= last ? sum + units : sum), 0);
      const [row] = await liveTop(shop.database.db)(days, 1, 'en', new Date(first + minutes * 60_000));
      expect(row?.totalSales ?? 0).toBe(expected);
    }),
    { numRuns: 40 },
  );
});

test('sales by day follow the hours, whether they are new, counted again or taken back', async () => {
  const days = () => shop.rows('SELECT day::text, units FROM product_sales_daily ORDER BY 1');
  await sell(a, '2026-06-09T23:00:00Z', 2);
  await sell(a, '2026-06-10T00:00:00Z', 3);
  await shop.rows(
    `INSERT INTO product_sales_hourly AS h VALUES ('2026-06-10T00:00Z', $1, 4, 0), ('2026-06-10T23:00Z', $1, 5, 0)
     ON CONFLICT (hour, product_id) DO UPDATE SET units = h.units + excluded.units`,
    [a],
  );
  expect(await days()).toEqual([{ day: '2026-06-09', units: 2 }, { day: '2026-06-10', units: 12 }]);

  await shop.rows(`UPDATE product_sales_hourly SET units = units - 2 WHERE hour <= '2026-06-10T00:00Z'`);
  expect(await days()).toEqual([{ day: '2026-06-09', units: 0 }, { day: '2026-06-10', units: 10 }]);
});

test('GET /products/top answers as of midnight, and the job takes the snapshot by itself', async () => {
  await shop.rows(`INSERT INTO product_sales_hourly SELECT date_trunc('hour', now(), 'UTC'), $1, 50, 0`, [a]);
  await shop.rows(`INSERT INTO product_sales_hourly SELECT date_trunc('hour', now() - interval '26 hours', 'UTC'), $1, 7, 0`, [b]);
  const top = async (query = '') => (await send(shop.app, undefined, 'GET', `/products/top${query}`)).body;

  expect(await top()).toMatchObject([{ productId: b, totalSales: 7 }]);
  expect(await top('?days=30')).toMatchObject([{ productId: b, totalSales: 7 }]);
  shop.startWorkers();
  await expect.poll(() => shop.rows('SELECT product_id FROM top_product_snapshots')).toEqual([{ product_id: b }]);
  expect(await top('?limit=1')).toMatchObject([{ productId: b, totalSales: 7 }]);
});

test.each(['Mars/Olympus', '+09:00', 'KST9', 'Asia/Seoul; DROP TABLE users'])('the time zone %s is refused at start', async (zone) => {
  await expect(openShop({ TOP_PRODUCTS_TIME_ZONE: zone })).rejects.toThrow('Bad setting: TOP_PRODUCTS_TIME_ZONE must be an IANA time zone such as Asia/Seoul.');
});

test('a mode that does not exist is refused at start', async () => {
  await expect(openShop({ TOP_PRODUCTS_MODE: 'hourly' })).rejects.toThrow('TOP_PRODUCTS_MODE must be one of live, daily');
});
