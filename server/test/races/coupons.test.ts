import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { newCoupon } from '../campaigns.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { type Answer, type TestShop, type TestUser, openShop, send } from '../shop.ts';

let shop: TestShop;
let second: TestShop;
beforeAll(async () => {
  shop = await openShop();
  second = await openShop({ DATABASE_URL: shop.databaseUrl });
});
afterEach(async () => expect(await findLifecycleImbalances(shop.rows)).toEqual([]));
afterAll(async () => {
  await second.close();
  await shop.close();
});

/** The n-th request goes to the n-th instance, round and round. */
function issue(n: number, { token }: Pick<TestUser, 'token'>, couponId: string, key?: string): Promise<Answer> {
  const { app } = n % 2 === 0 ? shop : second;
  return send(app, token, 'POST', `/coupons/${couponId}/issue`, undefined, key === undefined ? {} : { 'idempotency-key': key });
}

function countByOutcome(answers: Answer[]): Record<string, number> {
  const outcomes = Object.groupBy(answers, ({ status, body }) => (status < 300 ? String(status) : `${status} ${body.code}`));
  return Object.fromEntries(Object.entries(outcomes).map(([outcome, list = []]) => [outcome, list.length]));
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const upTo = (count: number) => times(count, (n) => n + 1);
const won = (answers: Answer[]) => answers.filter(({ status }) => status === 201);
const sequences = (answers: Answer[]): number[] => won(answers).map(({ body }) => body.sequence).toSorted((a, b) => a - b);

async function remaining(couponId: string): Promise<number> {
  return (await send(second.app, undefined, 'GET', `/coupons/${couponId}`)).body.remainingQuantity;
}

test('1,000 users who each try 3 times for 100 coupons get exactly 100, one each, with the places 1 to 100', async () => {
  const couponId = await newCoupon(shop, { totalQuantity: 100 });
  const buyers: TestUser[] = [];
  while (buyers.length < 1_000) buyers.push(...(await Promise.all(times(50, () => shop.newBuyer()))));

  const answers = await Promise.all(times(3, () => buyers.map((buyer) => issue(0, buyer, couponId))).flat());

  expect(countByOutcome(answers)).toEqual({ 201: 100, '409 SOLD_OUT': 2_900 });
  expect(sequences(answers)).toEqual(upTo(100));
  expect(new Set(won(answers).map(({ body }) => body.userId)).size).toBe(100);
  expect(await shop.rows('SELECT issued_quantity FROM coupons WHERE id = $1', [couponId])).toEqual([{ issued_quantity: 100 }]);
  expect(await shop.rows('SELECT count(*)::int AS issued, count(DISTINCT user_id)::int AS users FROM issued_coupons WHERE coupon_id = $1', [couponId])).toEqual([
    { issued: 100, users: 100 },
  ]);
});

test('200 claims of one user at once get one coupon', async () => {
  const [buyer, couponId] = [await shop.newBuyer(), await newCoupon(shop, { totalQuantity: 100 })];

  const answers = await Promise.all(times(200, (n) => issue(n, buyer, couponId)));

  expect(countByOutcome(answers)).toEqual({ 201: 1, '409 ALREADY_ISSUED': 199 });
  expect(await remaining(couponId)).toBe(99);
});

test('two instances that issue at once give out exactly what there is, and no place twice', async () => {
  // More than one transaction takes.
  const couponId = await newCoupon(shop, { totalQuantity: 300 });
  const buyers = await Promise.all(times(400, () => shop.newBuyer()));

  const answers = await Promise.all(times(3, (round) => buyers.map((buyer, n) => issue(n + round, buyer, couponId))).flat());

  const { 201: issued, '409 SOLD_OUT': soldOut = 0, '409 ALREADY_ISSUED': already = 0, ...others } = countByOutcome(answers);
  expect([issued, soldOut + already, others]).toEqual([300, 900, {}]);
  expect(sequences(answers)).toEqual(upTo(300));
  expect(new Set(won(answers).map(({ body }) => body.userId)).size).toBe(300);
});

test('when the last coupon is contested through two instances, exactly one issue succeeds', async () => {
  // One claim at each instance, and many: those of a batch that failed are decided again, one by one.
  for (const claims of times(10, (round) => (round % 2 === 0 ? 2 : 20))) {
    const couponId = await newCoupon(shop, { totalQuantity: 1 });
    const buyers = await Promise.all(times(claims, () => shop.newBuyer()));
    const answers = await Promise.all(buyers.map((buyer, n) => issue(n, buyer, couponId)));
    expect(countByOutcome(answers)).toEqual({ 201: 1, '409 SOLD_OUT': claims - 1 });
  }
});

test('sold out is never said while a coupon remains: as many users as coupons all get one', async () => {
  const couponId = await newCoupon(shop, { totalQuantity: 150 });
  const buyers = await Promise.all(times(150, () => shop.newBuyer()));

  const answers = await Promise.all(buyers.map((buyer, n) => issue(n, buyer, couponId)));

  expect(countByOutcome(answers)).toEqual({ 201: 150 });
  expect(await remaining(couponId)).toBe(0);
});

test('one Idempotency-Key sent many times through both instances gets one coupon, and everybody the same answer', async () => {
  const [buyer, couponId] = [await shop.newBuyer(), await newCoupon(shop, { totalQuantity: 1 })];

  const answers = await Promise.all(times(60, (n) => issue(n, buyer, couponId, 'tapped')));

  expect(countByOutcome(answers)).toEqual({ 201: 60 });
  expect(new Set(answers.map(({ body }) => body.issuedCouponId)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(59);
});

test('campaigns claimed at once in opposite order do not get in each other’s way', async () => {
  const campaigns = await Promise.all(times(4, () => newCoupon(shop, { totalQuantity: 20 })));
  const buyers = await Promise.all(times(40, () => shop.newBuyer()));

  const answers = await Promise.all(
    buyers.flatMap((buyer, n) => (n % 2 === 0 ? campaigns : campaigns.toReversed()).map((couponId, place) => issue(n + place, buyer, couponId))),
  );

  expect(countByOutcome(answers)).toEqual({ 201: 80, '409 SOLD_OUT': 80 });
  for (const couponId of campaigns) expect(await remaining(couponId)).toBe(0);
});

test('a claim of a campaign that does not exist spoils none of its neighbours', async () => {
  const couponId = await newCoupon(shop, { totalQuantity: 30 });
  const buyers = await Promise.all(times(30, () => shop.newBuyer()));

  const answers = await Promise.all(buyers.flatMap((buyer, n) => [issue(n, buyer, uuidv7()), issue(n, buyer, couponId)]));

  expect(countByOutcome(answers)).toEqual({ 201: 30, '404 COUPON_NOT_FOUND': 30 });
});
