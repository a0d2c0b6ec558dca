import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findImbalances } from '../imbalances.ts';
import { type MadeProduct, type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  // Nobody gives up waiting before the test has looked.
  shop = await openShop({ DATABASE_LOCK_TIMEOUT_MS: '30000', DESK_WAIT_MAX_MS: '30000', DATABASE_POOL_MAX: '8' });
});
afterAll(async () => {
  expect(await findImbalances(shop.rows)).toEqual([]);
  await shop.close();
});

/** While the row is held from outside. */
async function whileHeld(variantId: string | undefined, work: () => Promise<void>): Promise<void> {
  const holder: PoolClient = await shop.database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM variants WHERE id = $1 FOR NO KEY UPDATE', [variantId]);
    await work();
    await holder.query('COMMIT');
  } finally {
    holder.release();
  }
}

/** Until a session waits for a lock on a variant. */
async function expectWaiting(): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM variants%'`;
  await expect.poll(async () => (await shop.rows(waiting)).length, { timeout: 10_000 }).toBe(1);
}

/** The variants that nobody has locked at this moment. */
async function freeVariants({ productId }: MadeProduct): Promise<string[]> {
  const rows = await shop.rows<{ id: string }>('SELECT id FROM variants WHERE product_id = $1 ORDER BY id FOR NO KEY UPDATE SKIP LOCKED', [productId]);
  return rows.map(({ id }) => id);
}

// Two transactions that each hold what the other waits for would be a deadlock. Nobody can be part of one who, while waiting for a row,
// holds none of those that come after it.

test('an order that waits for a variant holds none with a higher id, however it names them', async () => {
  const product = await shop.newProduct({ stocks: [5, 5, 5, 5, 5] });
  const buyer = await shop.newBuyer(10_000);
  const items = product.variantIds.map((variantId) => ({ productId: product.productId, variantId, quantity: 1 }));

  let answers: Promise<{ status: number }>[] = [];
  await whileHeld(product.variantIds[2], async () => {
    answers = [buyer.send('POST', '/order', { items: items.toReversed() })];
    await expectWaiting();
    expect(await freeVariants(product)).toEqual(product.variantIds.slice(3));
  });

  expect(await Promise.all(answers)).toMatchObject([{ status: 201 }]);
});

test('a change of a product that waits for a variant holds none with a higher id', async () => {
  const product = await shop.newProduct({ stocks: [5, 5, 5, 5, 5] });
  const operator = await shop.newOperator();

  let answers: Promise<{ status: number }>[] = [];
  await whileHeld(product.variantIds[2], async () => {
    answers = [operator.send('PATCH', `/admin/products/${product.productId}`, { status: 'SUSPENDED' })];
    await expectWaiting();
    expect(await freeVariants(product)).toEqual(product.variantIds.slice(3));
  });

  expect(await Promise.all(answers)).toMatchObject([{ status: 200 }]);
});

// A history is read in the order of its ids, which begin with the time.
test('an order that waited for a variant has the time at which it got it, not that at which it asked', async () => {
  const product = await shop.newProduct({ stocks: [5] });
  const buyer = await shop.newBuyer(10_000);

  let answers: Promise<{ status: number; body: { paidAt: string } }>[] = [];
  let stillHeld = new Date(0);
  await whileHeld(product.variantIds[0], async () => {
    answers = [buyer.send('POST', '/order', { items: [{ productId: product.productId, quantity: 1 }] })];
    await expectWaiting();
    await sleep(20);
    const [row] = await shop.rows<{ now: Date }>('SELECT clock_timestamp() AS now');
    stillHeld = row!.now;
  });

  const [answer] = await Promise.all(answers);
  expect(answer!.status).toBe(201);
  expect(new Date(answer!.body.paidAt).getTime()).toBeGreaterThanOrEqual(stillHeld.getTime());
});
