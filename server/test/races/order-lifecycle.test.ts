import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newCoupon } from '../campaigns.ts';
import { findImbalances } from '../imbalances.ts';
import { historyOf, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { endHolds, movementsOf, runHoldExpiry, transactionsOf } from '../order-steps.ts';
import { type Answer, type MadeProduct, type TestShop, type TestUser, openShop, send } from '../shop.ts';

let shop: TestShop;
let second: TestShop;
beforeAll(async () => {
  // Holds end when a test says so.
  shop = await openShop({}, { workers: false });
  second = await openShop({ DATABASE_URL: shop.databaseUrl }, { workers: false });
});
afterEach(async () => expect([...(await findImbalances(shop.rows)), ...(await findLifecycleImbalances(shop.rows))]).toEqual([]));
afterAll(async () => {
  await second.close();
  await shop.close();
});

/** The n-th request goes to the n-th instance, round and round. */
function through(n: number, { token }: TestUser, path: string, body?: unknown): Promise<Answer> {
  return send(n % 2 === 0 ? shop.app : second.app, token, 'POST', path, body);
}

function countByOutcome(answers: Answer[]): Record<string, number> {
  const outcomes = Object.groupBy(answers, ({ status, body }) => (status < 300 ? String(status) : `${status} ${body.code}`));
  return Object.fromEntries(Object.entries(outcomes).map(([outcome, list = []]) => [outcome, list.length]));
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const balanceOf = async (buyer: TestUser): Promise<number> => (await buyer.send('GET', '/balance')).body.currentBalance;
const statusOf = async (orderId: string) => (await shop.rows('SELECT status FROM orders WHERE id = $1', [orderId]))[0]?.['status'];
const stockOf = async ({ variantIds }: MadeProduct) => (await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantIds[0]]))[0]?.['stock'];

/** A buyer with 5,000 won and a held unit of 1,000 won. */
async function held(product: MadeProduct) {
  const buyer = await shop.newBuyer(5_000);
  const { body } = await buyer.send('POST', '/orders', { items: [{ productId: product.productId, quantity: 1 }] });
  return { buyer, orderId: body.orderId as string };
}

test('of a payment and a cancellation at once either both happen, in that order, or only the cancellation does', async () => {
  const product = await shop.newProduct({ stocks: [40] });
  const holds = await Promise.all(times(40, () => held(product)));

  const answers = await Promise.all(
    holds.map(({ buyer, orderId }, n) => {
      const [pay, cancel] = [() => through(n, buyer, `/orders/${orderId}/pay`), () => through(n + 1, buyer, `/orders/${orderId}/cancel`)];
      return n % 4 < 2 ? Promise.all([pay(), cancel()]) : Promise.all([cancel(), pay()]).then(([cancelled, paid]) => [paid, cancelled] as const);
    }),
  );

  for (const [n, [paid, cancelled]] of answers.entries()) {
    const { buyer, orderId } = holds[n] ?? (await held(product));
    expect(cancelled.status).toBe(200);
    expect(await balanceOf(buyer)).toBe(5_000);
    if (paid.status === 200) expect(await transactionsOf(shop, orderId)).toEqual([['PAYMENT', -1_000], ['REFUND', 1_000]]);
    else expect([paid.body.code, await transactionsOf(shop, orderId)]).toEqual(['ORDER_NOT_PENDING', []]);
    expect(await movementsOf(shop, orderId)).toEqual([['SALE', -1], [paid.status === 200 ? 'CANCEL' : 'RELEASE', 1]]);
  }
  expect(await stockOf(product)).toBe(40);
});

test('of a payment and the end of the hold at once exactly one happens', async () => {
  const product = await shop.newProduct({ stocks: [90] });
  const holds = await Promise.all(times(90, () => held(product)));
  // They end one after the other while they are being paid: some before, some after, some meanwhile.
  await shop.rows(
    `UPDATE orders SET hold_expires_at = clock_timestamp() + (n - 30) * interval '10 milliseconds'
     FROM unnest($1::uuid[]) WITH ORDINALITY AS ending (id, n) WHERE orders.id = ending.id`,
    [holds.map(({ orderId }) => orderId)],
  );

  const payments = new AbortController();
  const expiring = [shop, second].map(async (instance) => {
    let ended = 0;
    do ended += await runHoldExpiry(instance);
    while (!payments.signal.aborted);
    return ended;
  });
  const answers: Answer[] = [];
  for (let n = 0; n < holds.length; n += 9) {
    answers.push(...(await Promise.all(holds.slice(n, n + 9).map(({ buyer, orderId }, i) => through(i, buyer, `/orders/${orderId}/pay`)))));
  }
  // Nobody pays any more: what was not paid ends.
  await endHolds(shop, ...holds.map(({ orderId }) => orderId));
  payments.abort();
  const ended = (await Promise.all(expiring)).reduce((sum, count) => sum + count) + (await runHoldExpiry(shop));

  const paid = answers.filter(({ status }) => status === 200).length;
  expect(paid + ended).toBe(90);
  expect(ended).toBeGreaterThanOrEqual(30);
  for (const [n, { status, body }] of answers.entries()) {
    expect(await statusOf(holds[n]?.orderId ?? '')).toBe(status === 200 ? 'SUCCESS' : 'CANCELLED');
    if (status !== 200) expect(['HOLD_EXPIRED', 'ORDER_NOT_PENDING']).toContain(body.code);
  }
  expect(await stockOf(product)).toBe(90 - paid);
});

test('an order cancelled many times at once, by its buyer and an operator, is refunded once', async () => {
  const [buyer, operator, product] = [await shop.newBuyer(5_000), await shop.newOperator(), await shop.newProduct()];
  const { body } = await buyer.send('POST', '/order', { items: [{ productId: product.productId, quantity: 3 }] });

  const answers = await Promise.all(times(40, (n) => through(n, n % 3 === 0 ? operator : buyer, `/orders/${body.orderId}/cancel`)));

  expect(countByOutcome(answers)).toEqual({ 200: 1, '409 ORDER_NOT_CANCELLABLE': 39 });
  expect([await balanceOf(buyer), await stockOf(product)]).toEqual([5_000, 10]);
  expect(await transactionsOf(shop, body.orderId)).toEqual([['PAYMENT', -3_000], ['REFUND', 3_000]]);
});

test('an order paid many times at once is paid once', async () => {
  const { buyer, orderId } = await held(await shop.newProduct());

  const answers = await Promise.all(times(40, (n) => through(n, buyer, `/orders/${orderId}/pay`)));

  expect(countByOutcome(answers)).toEqual({ 200: 1, '409 ORDER_NOT_PENDING': 39 });
  expect(await balanceOf(buyer)).toBe(4_000);
});

test('holds that ended are released exactly once, though the job runs in two instances at once', async () => {
  const product = await shop.newProduct({ stocks: [200] });
  const holds = await Promise.all(times(200, () => held(product)));
  await endHolds(shop, ...holds.map(({ orderId }) => orderId));

  const ended = await Promise.all([runHoldExpiry(shop), runHoldExpiry(second), runHoldExpiry(shop), runHoldExpiry(second)]);

  expect(ended.reduce((sum, count) => sum + count)).toBe(200);
  expect(await stockOf(product)).toBe(200);
  const [released] = await shop.rows(
    `SELECT count(*)::int AS releases, count(DISTINCT order_id)::int AS orders FROM stock_movements WHERE variant_id = $1 AND type = 'RELEASE'`,
    [product.variantIds[0]],
  );
  expect(released).toEqual({ releases: 200, orders: 200 });
});

test('one coupon in many orders at once is used by exactly one of them', async () => {
  const [buyer, product] = [await shop.newBuyer(100_000), await shop.newProduct({ stocks: [100] })];
  const couponId = await issueTo(buyer, await newCoupon(shop));
  const items = [{ productId: product.productId, quantity: 1 }];

  const answers = await Promise.all(times(40, (n) => through(n, buyer, n % 4 < 2 ? '/order' : '/orders', { items, couponId })));

  expect(countByOutcome(answers)).toEqual({ 201: 1, '409 COUPON_NOT_USABLE': 39 });
  const winner = answers.find(({ status }) => status === 201)?.body;
  expect(await historyOf(shop, couponId)).toEqual([['ISSUED', null], ['USED', winner.orderId]]);
  expect(await balanceOf(buyer)).toBe(winner.orderStatus === 'SUCCESS' ? 99_500 : 100_000);
  expect(await stockOf(product)).toBe(99);
});

test('a cart ordered many times at once is ordered once', async () => {
  const [buyer, product] = [await shop.newBuyer(100_000), await shop.newProduct({ stocks: [100] })];
  await buyer.send('POST', '/cart/add', { productId: product.productId, quantity: 3 });

  const answers = await Promise.all(times(30, (n) => through(n, buyer, '/cart/order', {})));

  expect(countByOutcome(answers)).toEqual({ 201: 1, '409 CART_EMPTY': 29 });
  expect([await balanceOf(buyer), await stockOf(product)]).toEqual([97_000, 97]);
});

test('two carts that hold the last unit: one order gets it, and the other cart stays as it was', async () => {
  for (let round = 0; round < 10; round += 1) {
    const product = await shop.newProduct({ stocks: [1] });
    const buyers = [await shop.newBuyer(5_000), await shop.newBuyer(5_000)];
    for (const buyer of buyers) await buyer.send('POST', '/cart/add', { productId: product.productId, quantity: 1 });

    const answers = await Promise.all(buyers.map((buyer, n) => through(n, buyer, '/cart/order', {})));

    expect(countByOutcome(answers)).toEqual({ 201: 1, '409 OUT_OF_STOCK': 1 });
    const loser = buyers[answers.findIndex(({ status }) => status === 409)];
    expect((await loser?.send('GET', '/cart'))?.body.items).toMatchObject([{ productId: product.productId, quantity: 1, stock: 0, orderable: false }]);
  }
});

test('50 held orders paid at once from a balance for 20 are paid exactly 20 times, and the others stay payable', async () => {
  const [buyer, product] = [await shop.newBuyer(20_999), await shop.newProduct({ stocks: [50] })];
  const items = [{ productId: product.productId, quantity: 1 }];
  const holds = await Promise.all(times(50, (n) => through(n, buyer, '/orders', { items })));

  const answers = await Promise.all(holds.map(({ body }, n) => through(n, buyer, `/orders/${body.orderId}/pay`)));

  expect(countByOutcome(answers)).toEqual({ 200: 20, '409 INSUFFICIENT_BALANCE': 30 });
  expect(await balanceOf(buyer)).toBe(999);
  expect(await shop.rows('SELECT status, count(*)::int FROM orders WHERE user_id = $1 GROUP BY status ORDER BY status', [buyer.userId])).toEqual([
    { status: 'PENDING', count: 30 }, { status: 'SUCCESS', count: 20 },
  ]);
  expect(await stockOf(product)).toBe(0);
});
