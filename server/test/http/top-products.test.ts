import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Client } from 'pg';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { type TestShop, openShop, send } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => shop.rows('UPDATE product_sales_hourly SET units = 0, revenue = 0'));
afterAll(() => shop.close());

/**
 * A fold waits for every transaction of the whole server, so also for those of suites that run beside this one; and best sellers may be
 * a second old.
 */
const patiently = { timeout: 20_000 };

const top = async (query = '') => (await send(shop.app, undefined, 'GET', `/products/top${query}`)).body;
const sold = async () => {
  const [row] = await shop.rows('SELECT sum(units)::int AS units, sum(revenue)::int AS revenue FROM product_sales_hourly');
  return row;
};

const topIds = async (query: string) => (await top(query)).map(({ productId }: { productId: string }) => productId);

async function sell(productId: string, quantity: number): Promise<void> {
  const buyer = await shop.newBuyer(1_000_000);
  const { status } = await buyer.send('POST', '/order', { items: [{ productId, quantity }] });
  expect(status).toBe(201);
}

async function setSales(productId: string, units: number, ago: string): Promise<void> {
  await shop.rows(
    `INSERT INTO product_sales_hourly (hour, product_id, units, revenue) VALUES (date_trunc('hour', now() - $3::interval, 'UTC'), $1, $2, 0)`,
    [productId, units, ago],
  );
}

test('units are summed over orders, and ties go to the lower product id', async () => {
  const [a, b, c] = [await shop.newProduct({ name: 'A', price: 500 }), await shop.newProduct({ name: 'B' }), await shop.newProduct({ name: 'C' })];
  await sell(c.productId, 3);
  await sell(b.productId, 2);
  await sell(a.productId, 1);
  await sell(a.productId, 1);

  await expect.poll(sold, patiently).toEqual({ units: 7, revenue: 3_000 + 2_000 + 1_000 });
  await expect.poll(() => top(), patiently).toEqual([
    { productId: c.productId, name: 'C', price: 1_000, totalSales: 3 },
    { productId: a.productId, name: 'A', price: 500, totalSales: 2 },
    { productId: b.productId, name: 'B', price: 1_000, totalSales: 2 },
  ]);
});

test('orders that failed do not count, and neither do products that are suspended', async () => {
  const [mug, gone] = [await shop.newProduct({ stocks: [5] }), await shop.newProduct()];
  const poor = await shop.newBuyer();
  await poor.send('POST', '/order', { items: [{ productId: mug.productId, quantity: 1 }] });
  await sell(gone.productId, 4);
  await sell(mug.productId, 2);
  await expect.poll(sold, patiently).toMatchObject({ units: 6 });
  await shop.rows(`UPDATE products SET status = 'SUSPENDED' WHERE id = $1`, [gone.productId]);

  await expect.poll(() => top(), patiently).toMatchObject([{ productId: mug.productId, totalSales: 2 }]);
});

test('by default it is the 5 most sold of 3 days; days and limit can be asked for', async () => {
  const products = await Promise.all(Array.from({ length: 8 }, () => shop.newProduct()));
  const ids = products.map(({ productId }) => productId);
  for (const [index, productId] of ids.entries()) await setSales(productId, 100 - index, index < 6 ? '71 hours' : '20 days');

  await expect.poll(() => topIds(''), patiently).toEqual(ids.slice(0, 5));
  await expect.poll(() => topIds('?limit=1'), patiently).toEqual(ids.slice(0, 1));
  await expect.poll(() => topIds('?limit=100'), patiently).toEqual(ids.slice(0, 6));
  await expect.poll(() => topIds('?days=1'), patiently).toEqual([]);
  await expect.poll(() => topIds('?days=30&limit=100'), patiently).toEqual(ids);
  await expect.poll(() => topIds('?days=19&limit=100'), patiently).toEqual(ids.slice(0, 6));
});

test('each order is counted exactly once, however many folds run at once', async () => {
  const { productId } = await shop.newProduct({ stocks: [1_000] });
  const folding = Array.from({ length: 3 }, async () => {
    for (let n = 0; n < 15; n += 1) await foldSales(shop.database.db);
  });

  await Promise.all([...Array.from({ length: 30 }, () => sell(productId, 2)), ...folding]);

  await expect.poll(sold, patiently).toEqual({ units: 60, revenue: 60_000 });
  await foldSales(shop.database.db);
  expect(await sold()).toEqual({ units: 60, revenue: 60_000 });
});

test('an order whose transaction commits late is not passed over', async () => {
  const { productId } = await shop.newProduct({ price: 1_000 });
  const late = new Client({ connectionString: shop.databaseUrl });
  await late.connect();
  await late.query('BEGIN');
  const data = { paidAt: new Date().toISOString(), items: [{ productId, quantity: 5, unitPrice: 1_000 }] };
  await late.query(`INSERT INTO outbox (event_id, type, subject, data, created_at) VALUES (gen_random_uuid(), 'openrun.order.paid', gen_random_uuid(), $1, now())`, [JSON.stringify(data)]);
  await sell(productId, 2);
  await foldSales(shop.database.db);
  // Nothing behind a transaction that still runs is read, so nothing can slip in behind the reader.
  expect(await sold()).toMatchObject({ units: 0 });

  await late.query('COMMIT');
  await late.end();

  await expect.poll(sold, patiently).toEqual({ units: 7, revenue: 7_000 });
});

test('a fold that fails leaves the sums and its position as they were', async () => {
  const { productId } = await shop.newProduct();
  await shop.rows('ALTER TABLE product_sales_hourly ADD CONSTRAINT broken CHECK (units < 3) NOT VALID');
  await sell(productId, 3);
  // A fold gives way to one at work, and waits for what still runs: the shop's own or another suite's.
  const failure = () => foldSales(shop.database.db).then(String, String);
  await expect.poll(failure, patiently).toContain('broken');
  expect(await sold()).toMatchObject({ units: 0 });

  await shop.rows('ALTER TABLE product_sales_hourly DROP CONSTRAINT broken');

  await expect.poll(sold, patiently).toMatchObject({ units: 3 });
});
