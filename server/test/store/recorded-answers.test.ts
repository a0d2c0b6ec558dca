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

test('of an order the key keeps the id, and of instances of the release before its client gets 503, to try again', async () => {
  const buyer = await shop.newBuyer(10_000);
  const { productId } = await shop.newProduct();
  const { body } = await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': 'key' });

  const kept = await shop.rows('SELECT order_id, answer FROM idempotency_keys WHERE caller_id = $1', [buyer.userId]);

  expect(kept).toEqual([{ order_id: body.orderId, answer: { refused: { code: 'UNAVAILABLE', details: {} } } }]);
});
