import { rm } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Database } from '../../src/infrastructure/postgres/database.ts';
import { migrate } from '../../src/infrastructure/postgres/migrate.ts';
import { createLogger } from '../../src/logger.ts';
import { authSecret, createDatabase } from '../shop.ts';
import { folderOf, releasedNames } from './released-migrations.ts';

const inStep = '0015-daily-sales-in-step';

let database: Database;
let before = '';
beforeAll(async () => {
  const databaseUrl = await createDatabase();
  const config = readConfig({ DATABASE_URL: databaseUrl, AUTH_SECRET: authSecret, LOG_LEVEL: 'silent' });
  database = connect(config, databaseUrl, createLogger(config));
  before = await folderOf((await releasedNames()).filter((name) => name < inStep));
});
afterAll(async () => {
  await database.close();
  await rm(before, { recursive: true });
});

test('the hours of a shop that sold before there were days are in them, once', async () => {
  await migrate(database, { folder: pathToFileURL(`${before}/`) });
  await database.pool.query(`
    WITH product AS (
      INSERT INTO products (id, category, name_ko, name_en, description_ko, description_en, base_price, status)
      VALUES (gen_random_uuid(), 'test', '머그', 'Mug', '', '', 1000, 'ON_SALE') RETURNING id
    )
    INSERT INTO product_sales_hourly (hour, product_id, units, revenue)
    SELECT hour::timestamptz, id, units, 0 FROM product, (VALUES ('2026-06-09T00:00Z', 1), ('2026-06-09T23:00Z', 2), ('2026-06-10T00:00Z', 4)) AS sold (hour, units)`);

  expect(await migrate(database)).toEqual((await releasedNames()).filter((name) => name >= inStep));
  await database.pool.query('UPDATE product_sales_hourly SET units = units + 10 WHERE units = 4');

  const { rows } = await database.pool.query('SELECT day::text, units FROM product_sales_daily ORDER BY 1');
  expect(rows).toEqual([{ day: '2026-06-09', units: 3 }, { day: '2026-06-10', units: 14 }]);
});
