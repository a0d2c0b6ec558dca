import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../src/infrastructure/postgres/migrate.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

test('the hours of a shop that sold before there were days are in them, once', async () => {
  const { productId } = await shop.newProduct();
  await shop.rows('DROP FUNCTION keep_daily_sales CASCADE');
  const undone = await shop.rows(`DELETE FROM kysely_migration WHERE name >= '0015-daily-sales-in-step' RETURNING name`);
  await shop.rows(
    `INSERT INTO product_sales_hourly VALUES ('2026-06-09T00:00Z', $1, 1, 0), ('2026-06-09T23:00Z', $1, 2, 0), ('2026-06-10T00:00Z', $1, 4, 0)`,
    [productId],
  );

  expect(await migrate(shop.database)).toEqual(undone.map(({ name }) => String(name)).toSorted());
  await shop.rows('UPDATE product_sales_hourly SET units = units + 10 WHERE units = 4');

  expect(await shop.rows('SELECT day::text, units FROM product_sales_daily ORDER BY 1')).toEqual([{ day: '2026-06-09', units: 3 }, { day: '2026-06-10', units: 14 }]);
});
