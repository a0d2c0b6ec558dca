import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RecordingClient, type Recorded } from './client.ts';
import { Cluster } from './cluster.ts';
import { type Difference, checkAnswers, compareFacts } from './compare.ts';
import { factsOfRecord } from './facts.ts';
import { Fixtures } from './fixtures.ts';
import { readStoredFacts } from './stored-facts.ts';

/** A new PostgreSQL and a server, on a machine that runs other suites beside. */
const startMs = 180_000;

let cluster: Cluster;
let shop: Fixtures;
let client: RecordingClient;
/** By what they were, such as `paid`. */
const did: Record<string, Recorded> = {};

/** A shop in which everything that can be recorded has happened once. */
beforeAll(async () => {
  cluster = await Cluster.start({ servers: 1, database: { settings: { fsync: 'off' } } });
  shop = new Fixtures(cluster.database);
  client = new RecordingClient('checker', 1, () => cluster.server(0).url);
  const [buyer, poor] = await shop.newBuyers(2, 10_500);
  const [goods, rare] = [...(await shop.newGoods(1, { stock: 100 })), ...(await shop.newGoods(1, { stock: 1, price: 700 }))];
  const couponId = await shop.newCoupon(5);
  if (!buyer || !poor || !goods || !rare) throw new Error('no fixtures');
  const items = [{ ...goods, quantity: 2 }];
  const orderIdOf = (name: string) => did[name]?.answer?.body.orderId ?? '';
  const doIt = async (name: string, who: typeof buyer, operation: Recorded['operation']) => (did[name] = await client.send(who, operation));

  await doIt('charge', buyer, { kind: 'charge', amount: 1_000 });
  await doIt('paid', buyer, { kind: 'order', items: [...items, { ...rare, quantity: 1 }] });
  await doIt('claim', buyer, { kind: 'claim', couponId });
  await doIt('other claim', poor, { kind: 'claim', couponId });
  await doIt('refused claim', buyer, { kind: 'claim', couponId });
  await doIt('with coupon', buyer, { kind: 'order', items, couponId: did['claim']?.answer?.body.issuedCouponId ?? '' });
  await doIt('refused', buyer, { kind: 'order', items: [{ ...rare, quantity: 1 }] });
  await doIt('hold', poor, { kind: 'hold', items });
  await doIt('dear hold', poor, { kind: 'hold', items: [{ ...goods, quantity: 10 }] });
  await doIt('pay', poor, { kind: 'pay', orderId: orderIdOf('hold') });
  await doIt('refused pay', poor, { kind: 'pay', orderId: orderIdOf('dear hold') });
  await doIt('release', poor, { kind: 'cancel', orderId: orderIdOf('dear hold') });
  await doIt('cancelled', poor, { kind: 'order', items });
  await doIt('cancel', poor, { kind: 'cancel', orderId: orderIdOf('cancelled') });
}, startMs);
afterAll(async () => {
  client.close();
  await cluster.close();
});

/** What the checks report when the record, or the database until the end of the check, is another than the true one. */
async function report(record: Recorded[], doctor = async (_database: PoolClient): Promise<void> => {}): Promise<Difference[]> {
  const database = await cluster.database.pool.connect();
  try {
    await database.query('BEGIN');
    // As a replica the server checks neither foreign keys nor triggers: whatever is doctored must be possible.
    await database.query('SET LOCAL session_replication_role = replica');
    await doctor(database);
    return [...checkAnswers(shop.opening, record), ...compareFacts(factsOfRecord(shop.opening, record), await readStoredFacts(database, shop.opening))];
  } finally {
    await database.query('ROLLBACK');
    database.release();
  }
}

/** The record with one request replaced, or left out. */
function recordWith(name: string, change: (recorded: Recorded) => Recorded[]): Recorded[] {
  return client.record.flatMap((recorded) => (recorded === did[name] ? change(recorded) : recorded));
}

const idOf = (name: string) => did[name]?.answer?.body.orderId ?? did[name]?.answer?.body.issuedCouponId ?? did[name]?.buyer.userId ?? '';
const keyOf = (name: string) => did[name]?.key ?? '';
const lost = 'answered but not in the database';
const unexplained = 'in the database but never answered';
const naming = (what: string, ...parts: string[]) =>
  parts.map((part) => expect.objectContaining({ what, detail: expect.stringContaining(part) as string }) as Difference);

test('a true record of a shop in which everything happened is without a difference', async () => {
  expect(Object.fromEntries(Object.entries(did).map(([name, { answer }]) => [name, answer?.status]))).toEqual({
    charge: 200, paid: 201, claim: 201, 'other claim': 201, 'refused claim': 409, 'with coupon': 201, refused: 409, hold: 201, 'dear hold': 201,
    pay: 200, 'refused pay': 409, release: 200, cancelled: 201, cancel: 200,
  });
  await client.repeat(client.record);

  expect(await report(client.record)).toEqual([]);
});

test.each([['order', 'paid'], ['hold', 'hold'], ['claim', 'claim']])('an accepted %s that the database does not have is reported with its id and key', async (_kind, name) => {
  const invented = '01900000-0000-7000-8000-000000000001';
  const accepted = (recorded: Recorded): Recorded[] => {
    if (!recorded.answer) return [];
    const body = { ...recorded.answer.body, ...(name === 'claim' ? { issuedCouponId: invented, sequence: 3 } : { orderId: invented }) };
    return [recorded, { ...recorded, key: 'the lost one', repeats: [], answer: { ...recorded.answer, body } }];
  };

  const differences = await report(recordWith(name, accepted));

  expect(differences).toEqual(expect.arrayContaining(naming(lost, invented)));
  expect(differences.find(({ detail }) => detail.includes(invented))?.keys).toEqual(['the lost one']);
});

test.each(['charge', 'paid', 'claim', 'refused', 'hold', 'pay', 'refused pay', 'release', 'cancel'])('an effect of "%s" that nobody was answered is reported with its id', async (name) => {
  const differences = await report(recordWith(name, () => []));

  const subject = did[name]?.operation.kind === 'pay' ? idOf('refused pay' === name ? 'dear hold' : 'hold') : idOf(name === 'release' ? 'dear hold' : name);
  expect(differences).toEqual(expect.arrayContaining(naming(unexplained, subject)));
});

test('one order as the answer to two requests is reported with both keys', async () => {
  const differences = await report(recordWith('paid', (recorded) => [recorded, { ...recorded, key: 'another', repeats: [] }]));

  expect(differences).toEqual(expect.arrayContaining(naming(lost, idOf('paid'))));
  expect(differences[0]?.keys.join()).toContain(keyOf('paid'));
  expect(differences[0]?.keys.join()).toContain('another');
});

interface Doctored {
  what: string;
  sql: (database: PoolClient) => Promise<unknown>;
  expected: () => Difference[];
}

const doctored: Doctored[] = [
  {
    what: 'a lost order',
    sql: (database) => database.query('DELETE FROM orders WHERE id = $1', [idOf('paid')]),
    expected: () => naming(lost, `order ${idOf('paid')} of user`),
  },
  {
    what: 'a lost payment',
    sql: (database) => database.query('DELETE FROM wallet_transactions WHERE order_id = $1', [idOf('paid')]),
    expected: () => naming(lost, `PAYMENT -2700 of user ${did['paid']?.buyer.userId} for order ${idOf('paid')}`),
  },
  {
    what: 'a lost charge',
    sql: (database) => database.query(`DELETE FROM wallet_transactions WHERE type = 'CHARGE' AND amount = 1000`),
    expected: () => naming(lost, `CHARGE 1000 of user ${did['charge']?.buyer.userId}`),
  },
  {
    what: 'a lost coupon',
    sql: (database) => database.query('DELETE FROM issued_coupons WHERE id = $1', [idOf('claim')]),
    expected: () => naming(lost, idOf('claim')),
  },
  {
    what: 'a charge done twice',
    sql: (database) =>
      database.query(`INSERT INTO wallet_transactions SELECT user_id, uuidv7(), type, amount, balance_before, balance_after, NULL, now() FROM wallet_transactions WHERE amount = 1000`),
    expected: () => naming(unexplained, `CHARGE 1000 of user ${did['charge']?.buyer.userId}: 1 by the answers, 2 in the database`),
  },
  {
    what: 'goods of an order taken twice',
    sql: (database) =>
      database.query(
        `INSERT INTO stock_movements SELECT variant_id, uuidv7(), type, quantity, stock_before, stock_after, order_id, NULL, now() FROM stock_movements WHERE order_id = $1`,
        [idOf('with coupon')],
      ),
    expected: () => naming(unexplained, `for order ${idOf('with coupon')}: 1 by the answers, 2 in the database`),
  },
  {
    what: 'a wrong balance',
    sql: (database) => database.query('UPDATE wallets SET balance = balance - 1 WHERE user_id = $1', [did['paid']?.buyer.userId]),
    expected: () => naming('total differs', `balance of user ${did['paid']?.buyer.userId}`),
  },
  {
    what: 'a wrong stock',
    sql: (database) => database.query('UPDATE variants SET stock = stock + 1'),
    expected: () => [...shop.opening.variants.keys()].flatMap((variantId) => naming('total differs', `stock of variant ${variantId}`)),
  },
  {
    what: 'a wrong issued quantity',
    sql: (database) => database.query('UPDATE coupons SET issued_quantity = issued_quantity + 1'),
    expected: () => [...shop.opening.coupons.keys()].flatMap((couponId) => naming('total differs', `issued quantity of coupon ${couponId}`)),
  },
  {
    what: 'a wrong place',
    sql: (database) => database.query('UPDATE issued_coupons SET sequence = 5 WHERE id = $1', [idOf('claim')]),
    expected: () => [...naming(lost, `place 1 of coupon`), ...naming(unexplained, 'place 5 of coupon')],
  },
  {
    what: 'a refused order that took money',
    sql: (database) =>
      database.query(`INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, order_id, created_at) VALUES ($1, uuidv7(), 'PAYMENT', -700, 700, 0, $2, now())`, [
        did['refused']?.buyer.userId, idOf('refused'),
      ]),
    expected: () => naming(unexplained, `for order ${idOf('refused')}`),
  },
  {
    what: 'a refused order that succeeded',
    sql: (database) => database.query(`UPDATE orders SET status = 'SUCCESS', failure_reason = NULL, paid_at = now(), delivery_status = 'PREPARING' WHERE id = $1`, [idOf('refused')]),
    expected: () => [...naming(lost, `order ${idOf('refused')}`), ...naming(unexplained, `order ${idOf('refused')}`)],
  },
  {
    what: 'a refused claim that was issued',
    sql: (database) =>
      database.query(
        `INSERT INTO issued_coupons (id, coupon_id, user_id, sequence, status, issued_at, expires_at) SELECT uuidv7(), coupon_id, uuidv7(), 3, 'AVAILABLE', now(), now() FROM issued_coupons LIMIT 1`,
      ),
    expected: () => naming(unexplained, 'place 3 of coupon'),
  },
  {
    what: 'a refused payment that is not kept',
    sql: (database) => database.query(`DELETE FROM payments WHERE status = 'FAILED' AND order_id = $1`, [idOf('dear hold')]),
    expected: () => naming(lost, `FAILED payment of order ${idOf('dear hold')}`),
  },
  {
    what: 'a payment that was answered but not done',
    sql: (database) =>
      database.query(`UPDATE orders SET status = 'PENDING', paid_at = NULL, delivery_status = NULL, hold_expires_at = now() WHERE id = $1`, [idOf('hold')]),
    expected: () => [...naming(lost, `order ${idOf('hold')}`), ...naming(unexplained, `order ${idOf('hold')}`)],
  },
  {
    what: 'a cancellation without its refund',
    sql: (database) => database.query(`DELETE FROM wallet_transactions WHERE type = 'REFUND'`),
    expected: () => naming(lost, `REFUND 2000 of user ${did['cancel']?.buyer.userId} for order ${idOf('cancelled')}`),
  },
  {
    what: 'a coupon that is not used up',
    sql: (database) => database.query(`UPDATE issued_coupons SET status = 'AVAILABLE', used_at = NULL, order_id = NULL WHERE id = $1`, [idOf('claim')]),
    expected: () => naming(lost, `issued coupon ${idOf('claim')} is used by order ${idOf('with coupon')}`),
  },
  {
    what: 'another price',
    sql: (database) => database.query('UPDATE order_items SET unit_price = 1 WHERE order_id = $1', [idOf('paid')]),
    expected: () => [...naming(lost, `order ${idOf('paid')} has`), ...naming(unexplained, `order ${idOf('paid')} has`)],
  },
  {
    what: 'an order that nobody asked for',
    sql: (database) =>
      database.query(
        `INSERT INTO orders (id, user_id, status, items_price, discount_amount, total_price, created_at, hold_expires_at) SELECT uuidv7(), user_id, 'PENDING', 100, 0, 100, now(), now() FROM orders LIMIT 1`,
      ),
    expected: () => naming(unexplained, 'is PENDING and costs 100'),
  },
];

test.each(doctored)('$what in the database is reported with its ids', async ({ sql, expected }) => {
  const differences = await report(client.record, async (database) => void (await sql(database)));

  expect(differences).toEqual(expect.arrayContaining(expected()));
});

test.each<[what: string, name: string, change: (recorded: Recorded) => Partial<Recorded>]>([
  ['never settled', 'paid', () => ({ answer: undefined })],
  ['unexpected answer', 'paid', ({ attempts }) => ({ attempts: [{ server: 0, tookMs: 1, outcome: { status: 500, body: {}, replayed: false } }, ...attempts] })],
  ['503 without Retry-After', 'paid', ({ attempts }) => ({ attempts: [{ server: 0, tookMs: 1, outcome: { status: 503, body: {}, replayed: false } }, ...attempts] })],
  ['unexpected answer', 'refused', ({ answer }) => ({ answer: answer && { ...answer, status: 404 } })],
  ['wrong price', 'paid', ({ answer }) => ({ answer: answer && { ...answer, body: { ...answer.body, totalPrice: 1 } } })],
  ['places with a gap', 'claim', ({ answer }) => ({ answer: answer && { ...answer, body: { ...answer.body, sequence: 7 } } })],
  ['a repeat was answered otherwise', 'charge', ({ answer }) => ({ repeats: answer ? [{ server: 0, tookMs: 1, outcome: { ...answer, replayed: false } }] : [] })],
])('%s is reported from the answers of "%s" alone', async (what, name, change) => {
  const differences = await report(recordWith(name, (recorded) => [{ ...recorded, ...change(recorded) }]));

  expect(differences.map((difference) => difference.what)).toContain(what);
});
