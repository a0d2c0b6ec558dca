import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/infrastructure/postgres/migrate.ts';
import { startServer } from '../server-process.ts';
import { type TestShop, authSecret, openShop } from '../shop.ts';
import { folderOf, releasedNames } from './released-migrations.ts';

let shop: TestShop;
let folder = '';
let other: Client;
beforeEach(async () => {
  shop = await openShop();
  folder = await folderOf(await releasedNames());
  other = new Client({ connectionString: shop.databaseUrl });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

/** The migrations of this version and these. */
async function nextVersion(files: Record<string, string>): Promise<URL> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return pathToFileURL(`${folder}/`);
}

async function ranMigrations(): Promise<string[]> {
  const rows = await shop.rows<{ name: string }>(`SELECT name FROM kysely_migration WHERE name LIKE '9%' ORDER BY name`);
  return rows.map(({ name }) => name);
}

async function columnsOf(table: string): Promise<string[]> {
  const rows = await shop.rows<{ name: string }>('SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1', [table]);
  return rows.map(({ name }) => name);
}

const isValid = async (index: string) =>
  (await shop.rows<{ valid: boolean }>('SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = $1::regclass', [index]))[0]?.valid;

test('a migration that must wait for a table gives way to sales, and runs when the table is free', async () => {
  const buyer = await shop.newBuyer(10_000);
  const { productId } = await shop.newProduct();
  const next = await nextVersion({ '9001-gift.sql': 'ALTER TABLE orders ADD COLUMN gift boolean;' });
  await other.query('BEGIN');
  await other.query('SELECT FROM orders');

  const gaveWay = Promise.withResolvers<string>();
  const migrating = migrate(shop.database, { folder: next, report: gaveWay.resolve });
  expect(await gaveWay.promise).toContain('9001-gift');
  const order = await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });
  expect(order.status).toBe(201);
  expect(await ranMigrations()).toEqual([]);

  await other.query('COMMIT');
  expect(await migrating).toEqual(['9001-gift']);
  expect(await columnsOf('orders')).toContain('gift');
});

test('each migration is committed by itself: one that fails leaves nothing of its own, and what ran before it stays', async () => {
  const next = await nextVersion({
    '9001-gift.sql': 'ALTER TABLE orders ADD COLUMN gift boolean;',
    '9002-broken.sql': 'ALTER TABLE orders ADD COLUMN note text; ALTER TABLE orders ADD COLUMN gift boolean;',
  });
  await expect(migrate(shop.database, { folder: next })).rejects.toThrow('column "gift" of relation "orders" already exists');

  expect(await ranMigrations()).toEqual(['9001-gift']);
  expect(await columnsOf('orders')).not.toContain('note');
});

test('two processes that migrate at once build an index without blocking writers once, and neither waits for the other in a circle', async () => {
  const next = await nextVersion({
    '9001-newest.sql': '-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS orders_newest;\nCREATE INDEX CONCURRENTLY orders_newest ON orders (created_at);',
  });
  // Building the index waits for this transaction, so the second migrator comes while the first is at work.
  await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await other.query('SELECT FROM orders');
  const waits = Promise.withResolvers<string>();
  const both = ['one', 'two'].map(() => migrate(shop.database, { folder: next, report: waits.resolve }));
  expect(await waits.promise).toContain('another process');
  await untilIndexIsBuilding('orders_newest');
  await other.query('COMMIT');

  expect((await Promise.all(both)).flat()).toEqual(['9001-newest']);
  expect(await isValid('orders_newest')).toBe(true);
});

async function untilIndexIsBuilding(index: string): Promise<void> {
  for (;;) {
    const [row] = await shop.rows<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [index]);
    if (row?.found) return;
    await sleep(20);
  }
}

test('a migration without a transaction that broke off half way is done by the next start', async () => {
  const { productId } = await shop.newProduct({ name: 'Same name' });
  await shop.newProduct({ name: 'Same name' });
  const next = await nextVersion({
    '9001-unique.sql': '-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS one_name;\nCREATE UNIQUE INDEX CONCURRENTLY one_name ON products (name_ko);',
  });
  await expect(migrate(shop.database, { folder: next })).rejects.toThrow('could not create unique index');
  expect(await isValid('one_name')).toBe(false);

  await shop.rows(`UPDATE products SET name_ko = 'Another' WHERE id = $1`, [productId]);
  expect(await migrate(shop.database, { folder: next })).toEqual(['9001-unique']);
  expect(await isValid('one_name')).toBe(true);
});

test('the time limits of requests do not cut a migration short', async () => {
  const limited = await openShop({ DATABASE_URL: shop.databaseUrl, DATABASE_STATEMENT_TIMEOUT_MS: '100', DATABASE_POOL_MAX: '1' });
  const next = await nextVersion({
    '9001-slow.sql': 'SELECT pg_sleep(0.3);',
    '9002-slow.sql': '-- no transaction\nSELECT pg_sleep(0.3);',
  });
  expect(await migrate(limited.database, { folder: next })).toEqual(['9001-slow', '9002-slow']);
  await limited.close();
});

test('a server of this version starts, and sells, on a database that a newer version has migrated', async () => {
  const next = await nextVersion({ '9001-gift.sql': `ALTER TABLE orders ADD COLUMN gift boolean NOT NULL DEFAULT false;` });
  await migrate(shop.database, { folder: next });

  const server = await startServer({ DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret, LOG_LEVEL: 'warn' });
  const { stderr } = await server.stop();
  expect(stderr).toContain('the database was migrated by a newer version: 9001-gift');
  const buyer = await shop.newBuyer(10_000);
  const { productId } = await shop.newProduct();
  expect((await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })).status).toBe(201);
});
