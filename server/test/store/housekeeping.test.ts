import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { removeExpired } from '../../src/infrastructure/postgres/housekeeping.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

const aged = (table: string, column: string, age: string) => shop.rows(`UPDATE ${table} SET ${column} = now() - $1::interval`, [age]);
const count = async (table: string) => (await shop.rows(`SELECT count(*)::int AS rows FROM ${table}`))[0]?.['rows'];

async function sell(): Promise<void> {
  const [buyer, { productId }] = [await shop.newBuyer(1_000), await shop.newProduct()];
  expect((await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'key' })).status).toBe(201);
}

test('an event that a reader has not passed is kept, however old it is', async () => {
  await sell();
  await aged('outbox', 'created_at', '1 year');

  await removeExpired(shop.database.db);

  expect(await count('outbox')).toBe(1);
  // A fold waits for every transaction of the whole server, so also for those of suites that run beside this one.
  await expect.poll(() => foldSales(shop.database.db), { timeout: 20_000 }).toBe(1);
});

test('an event is removed a week after it was recorded, once every reader has passed it', async () => {
  await aged('outbox', 'created_at', '6 days 23 hours');
  await removeExpired(shop.database.db);
  expect(await count('outbox')).toBe(1);

  await aged('outbox', 'created_at', '7 days 1 hour');
  await removeExpired(shop.database.db);
  expect(await count('outbox')).toBe(0);
  expect(await shop.rows('SELECT units::int FROM product_sales_hourly')).toEqual([{ units: 1 }]);
});

test('an Idempotency-Key is removed after its 24 hours, and not before', async () => {
  await aged('idempotency_keys', 'created_at', '23 hours 59 minutes');
  await removeExpired(shop.database.db);
  expect(await count('idempotency_keys')).toBe(1);

  await aged('idempotency_keys', 'created_at', '24 hours 1 second');
  await removeExpired(shop.database.db);
  expect(await count('idempotency_keys')).toBe(0);
});

test('a session is removed a week after it has ended, with its tokens', async () => {
  const account = { email: 'kim@test.example', password: 'correct horse' };
  await shop.app.inject({ method: 'POST', url: '/auth/register', payload: { ...account, name: 'Kim' } });
  await shop.app.inject({ method: 'POST', url: '/auth/login', payload: account });
  await aged('sessions', 'expires_at', '6 days 23 hours');
  await removeExpired(shop.database.db);
  expect([await count('sessions'), await count('refresh_tokens')]).toEqual([1, 1]);

  await aged('sessions', 'expires_at', '7 days 1 hour');
  await removeExpired(shop.database.db);
  expect([await count('sessions'), await count('refresh_tokens')]).toEqual([0, 0]);
});

test('what has piled up is removed without a pause between its parts, and a part says whether there is more', async () => {
  await shop.rows(`INSERT INTO outbox (event_id, type, subject, data, created_at)
    SELECT gen_random_uuid(), 'order.paid', gen_random_uuid(), '{}', now() - interval '8 days' FROM generate_series(1, 12000)`);
  await shop.rows(`UPDATE outbox_readers SET next_transaction_id = (pg_current_xact_id()::text::numeric + 1)::text::xid8`);

  const more = [];
  for (let part = 0; part < 3; part += 1) more.push(await removeExpired(shop.database.db));

  expect(more).toEqual([true, true, false]);
  expect(await count('outbox')).toBe(0);
});
