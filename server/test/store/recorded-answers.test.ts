import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

test('keys are looked up by the index, also by a plan from when the database was told that there were none', async () => {
  await shop.rows('ANALYZE idempotency_keys');
  const buyer = await shop.newBuyer();
  expect((await buyer.send('POST', '/balance/charge', { amount: 1 }, { 'idempotency-key': 'first' })).status).toBe(200);

  // The desk has one connection, which keeps its plans.
  const { rows } = await shop.database.deskPool.query('EXPLAIN (COSTS OFF) EXECUTE "desk-find-answers" (NULL, NULL)');

  expect(rows.map((row) => row['QUERY PLAN'].trim())).toContain('Index Cond: ((caller_id = g.caller_id) AND (key = g.key))');
});
