import { type RecordableHistogram, createHistogram } from 'node:perf_hooks';
import { Client } from 'pg';
import { drive } from './driver.ts';
import { median } from './measure.ts';
import type { Fixtures } from './scenarios.ts';

/** One buyer alone, in milliseconds: ours over HTTP, beside the same rows written by one hand-made transaction. */
export interface AloneRow {
  what: string;
  p50Ms: number;
  p99Ms: number;
  floorP50Ms: number;
  floorP99Ms: number;
}

interface Alone {
  what: string;
  request: (fixtures: Fixtures, n: number) => { path: string; body: object };
  transaction: (client: Client, fixtures: Fixtures, userId: string, n: number) => Promise<void>;
}

/**
 * The statements of one order of one item, sent one after another over one connection, prepared, as pgbench would send them. They
 * write all rows that the server writes, so the audit holds afterwards.
 */
async function orderByHand(client: Client, { items }: Fixtures, userId: string, n: number): Promise<void> {
  const { productId, variantId } = items[n % items.length] ?? { productId: '', variantId: '' };
  const run = statementsOf(client, 'alone-order');
  await client.query('BEGIN');
  const [wallet] = await run('SELECT balance::float8 FROM wallets WHERE user_id = $1 FOR NO KEY UPDATE', [userId]);
  const [variant] = await run('SELECT price::float8, stock FROM variants WHERE id = $1 FOR NO KEY UPDATE', [variantId]);
  const [clock] = await run('SELECT uuidv7() AS id, clock_timestamp() AS now', []);
  const { id: orderId, now } = clock as { id: string; now: Date };
  const [balance, price, stock] = [Number(wallet?.['balance']), Number(variant?.['price']), Number(variant?.['stock'])];
  const event = { orderId, userId, itemsPrice: price, discountAmount: 0, totalPrice: price, issuedCouponId: null, paidAt: now, failureReason: null, items: [{ productId, variantId, quantity: 1, unitPrice: price }] };
  await run(
    `INSERT INTO orders (id, user_id, status, delivery_status, items_price, discount_amount, total_price, created_at, paid_at)
     VALUES ($1, $2, 'SUCCESS', 'PREPARING', $3, 0, $3, $4, $4)`,
    [orderId, userId, price, now],
  );
  await run('INSERT INTO order_items (order_id, variant_id, position, quantity, unit_price) VALUES ($1, $2, 0, 1, $3)', [orderId, variantId, price]);
  await run(
    `INSERT INTO order_status_history (order_id, id, status, delivery_status, changed_by, changed_by_user_id, created_at)
     VALUES ($1, uuidv7(), 'SUCCESS', 'PREPARING', 'USER', $2, $3)`,
    [orderId, userId, now],
  );
  await run(`INSERT INTO payments (order_id, id, status, amount, created_at) VALUES ($1, uuidv7(), 'SUCCESS', $2, $3)`, [orderId, price, now]);
  await run(
    `INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, order_id, created_at)
     VALUES ($1, uuidv7(), 'SALE', -1, $2, $2::int - 1, $3, $4)`,
    [variantId, stock, orderId, now],
  );
  await run('UPDATE variants SET stock = stock - 1, updated_at = now() WHERE id = $1', [variantId]);
  await run(
    `INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, order_id, created_at)
     VALUES ($1, uuidv7(), 'PAYMENT', -$2::bigint, $3, $3::bigint - $2::bigint, $4, $5)`,
    [userId, price, balance, orderId, now],
  );
  await run('UPDATE wallets SET balance = balance - $2, updated_at = now() WHERE user_id = $1', [userId, price]);
  await run(`INSERT INTO outbox (event_id, type, subject, data, created_at) VALUES (uuidv7(), 'openrun.order.paid', $1, $2, $3)`, [orderId, JSON.stringify(event), now]);
  await client.query('COMMIT');
}

async function chargeByHand(client: Client, _fixtures: Fixtures, userId: string): Promise<void> {
  const run = statementsOf(client, 'alone-charge');
  await client.query('BEGIN');
  const [wallet] = await run('SELECT balance::float8 FROM wallets WHERE user_id = $1 FOR NO KEY UPDATE', [userId]);
  await run(
    `INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, created_at)
     VALUES ($1, uuidv7(), 'CHARGE', 1, $2, $2::bigint + 1, clock_timestamp())`,
    [userId, wallet?.['balance']],
  );
  await run('UPDATE wallets SET balance = balance + 1, updated_at = now() WHERE user_id = $1', [userId]);
  await client.query('COMMIT');
}

/** Prepared under a name that is made of the statement's place in its transaction. */
function statementsOf(client: Client, name: string) {
  let place = 0;
  return async (text: string, values: unknown[]) => (await client.query<Record<string, unknown>>({ name: `${name}-${(place += 1)}`, text, values })).rows;
}

const kinds: Alone[] = [
  {
    what: 'one order alone',
    request: ({ items }, n) => ({ path: '/order', body: { items: [{ ...items[n % items.length], quantity: 1 }] } }),
    transaction: orderByHand,
  },
  { what: 'one charge alone', request: () => ({ path: '/balance/charge', body: { amount: 1 } }), transaction: chargeByHand },
];

/** Measures each in turn with its floor, `rounds` times; gives the medians. */
export async function measureAlone(databaseUrl: string, shopUrl: string, fixtures: Fixtures, { seconds, rounds }: { seconds: number; rounds: number }): Promise<AloneRow[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const rows = [];
    for (const kind of kinds) {
      const ours = [];
      const floors = [];
      for (let round = 0; round < rounds; round += 1) {
        floors.push(await byHand(client, kind, fixtures, seconds));
        const load = { urls: [shopUrl], request: (n: number) => requestOf(kind, fixtures, n) };
        ours.push(await drive(load, 1, seconds));
      }
      rows.push({
        what: kind.what,
        p50Ms: median(ours.map(({ p50Ms }) => p50Ms)), p99Ms: median(ours.map(({ p99Ms }) => p99Ms)),
        floorP50Ms: median(floors.map((each) => each.percentile(50) / 1000)), floorP99Ms: median(floors.map((each) => each.percentile(99) / 1000)),
      });
    }
    return rows;
  } finally {
    await client.end();
  }
}

function requestOf({ request }: Alone, fixtures: Fixtures, n: number) {
  const { path, body } = request(fixtures, n);
  const headers = { authorization: `Bearer ${fixtures.buyers[n % fixtures.buyers.length]?.token}`, 'content-type': 'application/json' };
  return { method: 'POST', path, headers, body: JSON.stringify(body) };
}

async function byHand(client: Client, { transaction }: Alone, fixtures: Fixtures, seconds: number): Promise<RecordableHistogram> {
  const latencies = createHistogram();
  const endMs = performance.now() + seconds * 1000;
  for (let n = Math.floor(Math.random() * 1e6); performance.now() < endMs; n += 1) {
    const startedMs = performance.now();
    await transaction(client, fixtures, fixtures.buyers[n % fixtures.buyers.length]?.userId ?? '', n);
    latencies.record(Math.max(1, Math.round((performance.now() - startedMs) * 1000)));
  }
  return latencies;
}
