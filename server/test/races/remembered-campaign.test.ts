import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newCoupon } from '../campaigns.ts';
import { expectWaiting } from '../expect-waiting.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { type Answer, type TestShop, type TestUser, openShop, send } from '../shop.ts';

/** Two instances on one database. Each remembers the campaign that it issued last, and decides claims on it before it asks the database. */
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

const claim = (buyer: TestUser, couponId: string, at = shop): Promise<Answer> => send(at.app, buyer.token, 'POST', `/coupons/${couponId}/issue`);

/** How often an instance has sent what it decided before it asked. */
async function decidedFirst(at = shop): Promise<number> {
  const { rows } = await at.database.deskPool.query<{ times: number }>(
    `SELECT (generic_plans + custom_plans)::int AS times FROM pg_prepared_statements WHERE name = 'desk-campaign-as-recalled'`,
  );
  return rows[0]?.times ?? 0;
}

/** A campaign that the first instance remembers, since three buyers have had their coupon there. */
async function rememberedCampaign(campaign: Parameters<typeof newCoupon>[1] = {}): Promise<string> {
  const couponId = await newCoupon(shop, campaign);
  const before = await decidedFirst();
  for (const place of [1, 2, 3]) expect(await claim(await shop.newBuyer(), couponId)).toMatchObject({ status: 201, body: { sequence: place } });
  expect(await decidedFirst()).toBe(before + 1);
  return couponId;
}

test('places that another instance has given out meanwhile are not given out again', async () => {
  const couponId = await rememberedCampaign({ totalQuantity: 6 });
  expect(await claim(await shop.newBuyer(), couponId, second)).toMatchObject({ status: 201, body: { sequence: 4 } });

  const before = await decidedFirst();
  expect(await claim(await shop.newBuyer(), couponId)).toMatchObject({ status: 201, body: { sequence: 5 } });

  expect(await decidedFirst()).toBe(before + 1);
});

test('an instance that is not alone with a campaign asks before it decides', async () => {
  const couponId = await rememberedCampaign({ totalQuantity: 100 });
  await claim(await shop.newBuyer(), couponId, second);
  const before = await decidedFirst();

  for (const at of [shop, second, shop, second, shop, second]) expect((await claim(await shop.newBuyer(), couponId, at)).status).toBe(201);

  expect(await decidedFirst()).toBe(before + 1);
});

test('an operator’s change counts from the moment that it is answered', async () => {
  const operator = await shop.newOperator();
  const [lowered, ended] = [await rememberedCampaign(), await rememberedCampaign()];

  const end = await operator.send('PATCH', `/admin/coupons/${ended}`, { endsAt: new Date(Date.now() - 1).toISOString() }, { 'if-match': '"1"' });
  expect(end.status).toBe(200);
  expect(await claim(await shop.newBuyer(), ended)).toMatchObject({ status: 409, body: { code: 'ENDED' } });

  await rememberAgain(lowered);
  const lower = await operator.send('PATCH', `/admin/coupons/${lowered}`, { totalQuantity: 6 }, { 'if-match': '"1"' });
  expect(lower.status).toBe(200);
  expect(await claim(await shop.newBuyer(), lowered)).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });
});

async function rememberAgain(couponId: string): Promise<void> {
  for (let n = 0; n < 3; n += 1) expect((await claim(await shop.newBuyer(), couponId)).status).toBe(201);
}

test('who has a coupon from another instance, or from before, gets no second one', async () => {
  const couponId = await newCoupon(shop, { totalQuantity: 100 });
  const [elsewhere, here] = [await shop.newBuyer(), await shop.newBuyer()];
  expect((await claim(elsewhere, couponId, second)).status).toBe(201);
  expect((await claim(here, couponId)).status).toBe(201);
  await rememberAgain(couponId);

  const others = await Promise.all([1, 2].map(() => shop.newBuyer()));
  const answers = await Promise.all([elsewhere, ...others, here].map((buyer) => claim(buyer, couponId)));

  expect(answers.map(({ status, body }) => body.code ?? status)).toEqual(['ALREADY_ISSUED', 201, 201, 'ALREADY_ISSUED']);
  // More of them may come, and each would undo a batch: for a second the desk asks first. By then it knows this one.
  const before = await decidedFirst();
  expect((await claim(await shop.newBuyer(), couponId)).status).toBe(201);
  expect(await decidedFirst()).toBe(before);
  await sleep(1_100);
  await rememberAgain(couponId);
  const again = await decidedFirst();
  expect(await claim(elsewhere, couponId)).toMatchObject({ status: 409, body: { code: 'ALREADY_ISSUED' } });
  expect(await decidedFirst()).toBe(again + 1);
});

test('a user who does not exist gets nothing, and spoils nothing for those who claim at the same time', async () => {
  const operator = await shop.newOperator();
  const couponId = await rememberedCampaign();
  const buyer = await shop.newBuyer();

  const [nobody, somebody] = await Promise.all([
    operator.send('POST', `/coupons/${couponId}/issue`, { userId: uuidv7() }),
    claim(buyer, couponId),
  ]);

  expect(nobody).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
  expect(somebody).toMatchObject({ status: 201, body: { sequence: 4 } });
});

test('who gets the campaign after its end is too late, also if they asked for it before', async () => {
  const endsAt = new Date(Date.now() + 800);
  const couponId = await rememberedCampaign({ endsAt });
  const holder = await second.database.pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM coupons WHERE id = $1 FOR NO KEY UPDATE', [couponId]);

  const answered = claim(await shop.newBuyer(), couponId);
  await expectWaiting(shop, 1, 'asRecalled');
  await sleep(endsAt.getTime() + 10 - Date.now());
  await holder.query('COMMIT');
  holder.release();

  expect(await answered).toMatchObject({ status: 409, body: { code: 'ENDED' } });
});

test('places, times and ids are in one order, whoever decided first', async () => {
  const couponId = await newCoupon(shop, { totalQuantity: 1_000 });
  const before = await decidedFirst();
  for (const at of Array.from({ length: 12 }, (_, n) => (n % 6 === 5 ? second : shop))) {
    const buyers = await Promise.all(Array.from({ length: 5 }, () => shop.newBuyer()));
    await Promise.all(buyers.map((buyer) => claim(buyer, couponId, at)));
  }

  expect(await decidedFirst()).toBeGreaterThan(before + 3);
  const issued = await shop.rows('SELECT id, sequence, issued_at FROM issued_coupons WHERE coupon_id = $1 ORDER BY sequence', [couponId]);
  expect(issued).toHaveLength(60);
  expect(issued.toSorted((a, b) => (a['id'] < b['id'] ? -1 : 1))).toEqual(issued);
  expect(issued.toSorted((a, b) => a['issued_at'] - b['issued_at'])).toEqual(issued);
});

test('after a second without claims the clock is asked anew', async () => {
  const couponId = await rememberedCampaign();
  const before = await decidedFirst();
  await sleep(1_100);

  expect((await claim(await shop.newBuyer(), couponId)).status).toBe(201);

  expect(await decidedFirst()).toBe(before);
});
