import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { newCoupon } from '../campaigns.ts';
import { expire, issueTo } from '../issued-coupons.ts';
import { findLifecycleImbalances } from '../lifecycle-imbalances.ts';
import { collectPages } from '../pages.ts';
import { type Answer, type TestShop, type TestUser, openShop, send } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => expect(await findLifecycleImbalances(shop.rows)).toEqual([]));
afterAll(() => shop.close());

const issue = (buyer: TestUser, couponId: string, body?: unknown, key?: string): Promise<Answer> =>
  buyer.send('POST', `/coupons/${couponId}/issue`, body, key === undefined ? {} : { 'idempotency-key': key });
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000);
const ids = ({ body }: Answer): string[] => body.map(({ couponId }: { couponId: string }) => couponId);

describe('campaigns', () => {
  test('that have not ended are listed to anyone, the next to end first, those to come among them', async () => {
    const late = await newCoupon(shop, { endsAt: inHours(3) });
    const soon = await newCoupon(shop, { endsAt: inHours(2) });
    const toCome = await newCoupon(shop, { startsAt: inHours(1), endsAt: inHours(4) });
    const over = await newCoupon(shop, { startsAt: inHours(-2), endsAt: inHours(-1) });

    const listed = ids(await send(shop.app, undefined, 'GET', '/coupons?limit=100'));

    expect(listed.filter((id) => [late, soon, toCome, over].includes(id))).toEqual([soon, late, toCome]);
  });

  test('are each on exactly one page, also where two end within the same millisecond', async () => {
    const made = await Promise.all(Array.from({ length: 7 }, () => newCoupon(shop)));
    await shop.rows(
      `UPDATE coupons SET ends_at = date_trunc('second', now()) + interval '1 hour' + n * interval '300 microseconds'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS made (id, n) WHERE coupons.id = made.id`,
      [made],
    );

    const buyer = await shop.newBuyer();
    const all = ids(await send(shop.app, undefined, 'GET', '/coupons?limit=100'));
    for (const limit of [1, 3]) {
      const pages = await collectPages(buyer, `/coupons?limit=${limit}`);
      expect(pages.flat().map(({ couponId }) => couponId)).toEqual(all);
    }
    expect(all.filter((id) => made.includes(id))).toEqual(made);
  });

  test('show their terms and their remaining quantity of this moment, in the reader’s language', async () => {
    const couponId = await newCoupon(shop, { discountType: 'PERCENT', discountValue: 10, discountMax: 3_000, minimumOrderAmount: 5_000, totalQuantity: 3 });
    await issueTo(await shop.newBuyer(), couponId);

    const terms = { couponId, discountType: 'PERCENT', discountValue: 10, discountMax: 3_000, minimumOrderAmount: 5_000, lifeDays: 365 };
    const expected = { ...terms, name: 'Coupon', totalQuantity: 3, issuedQuantity: 1, remainingQuantity: 2 };
    expect(await send(shop.app, undefined, 'GET', `/coupons/${couponId}`)).toMatchObject({ status: 200, body: expected });
    expect((await send(shop.app, undefined, 'GET', '/coupons?limit=100')).body).toContainEqual(expect.objectContaining(expected));
    expect((await send(shop.app, undefined, 'GET', `/coupons/${couponId}`, undefined, { 'accept-language': 'ko-KR' })).body.name).toBe('쿠폰');
  });

  test('that do not exist are not found', async () => {
    expect(await send(shop.app, undefined, 'GET', `/coupons/${uuidv7()}`)).toMatchObject({ status: 404, body: { code: 'COUPON_NOT_FOUND' } });
    expect(await send(shop.app, undefined, 'GET', '/coupons/7')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});

describe('an issue', () => {
  test('answers with the coupon, its place and its life, and is recorded as an event', async () => {
    const couponId = await newCoupon(shop, { totalQuantity: 3, lifeDays: 30 });
    const buyers = await Promise.all([shop.newBuyer(), shop.newBuyer(), shop.newBuyer()]);
    const answers: Answer[] = [];
    for (const buyer of buyers) answers.push(await issue(buyer, couponId));

    expect(answers.map(({ status, body }) => [status, body.sequence])).toEqual([[201, 1], [201, 2], [201, 3]]);
    const { body } = answers[1] ?? { body: {} };
    const { issuedCouponId, issuedAt, expiresAt } = body;
    const userId = buyers[1]?.userId;
    expect(body).toEqual({ issuedCouponId, couponId, userId, sequence: 2, status: 'AVAILABLE', issuedAt, expiresAt });
    expect(Date.parse(expiresAt) - Date.parse(issuedAt)).toBe(30 * 86_400_000);
    expect(await shop.rows('SELECT type, data FROM outbox WHERE subject = $1', [issuedCouponId])).toEqual([
      { type: 'openrun.coupon.issued', data: { issuedCouponId, couponId, userId, sequence: 2, issuedAt, expiresAt } },
    ]);
  });

  test('is refused with its reason, and then changes nothing at all', async () => {
    const [buyer, other, operator] = [await shop.newBuyer(), await shop.newBuyer(), await shop.newOperator()];
    const [open, single] = [await newCoupon(shop), await newCoupon(shop, { totalQuantity: 1 })];
    const early = await newCoupon(shop, { startsAt: inHours(1), endsAt: inHours(2) });
    const late = await newCoupon(shop, { startsAt: inHours(-2), endsAt: inHours(-1) });
    await issueTo(buyer, open);
    await issueTo(other, single);
    const before = await tableContents(shop);

    const refusals = [
      [await issue(buyer, early), 409, 'NOT_STARTED'],
      [await issue(buyer, late), 409, 'ENDED'],
      [await issue(buyer, single), 409, 'SOLD_OUT'],
      [await issue(other, single), 409, 'SOLD_OUT'],
      [await issue(buyer, open), 409, 'ALREADY_ISSUED'],
      [await issue(buyer, uuidv7()), 404, 'COUPON_NOT_FOUND'],
      [await issue(buyer, open, { userId: other.userId }), 403, 'FORBIDDEN'],
      [await issue(operator, open, { userId: uuidv7() }), 404, 'USER_NOT_FOUND'],
      [await issue(buyer, open, { sequence: 1 }), 400, 'VALIDATION_FAILED'],
      [await issue(buyer, 'spring'), 400, 'VALIDATION_FAILED'],
      [await send(shop.app, undefined, 'POST', `/coupons/${open}/issue`), 401, 'UNAUTHENTICATED'],
    ] as const;

    expect(refusals.map(([{ status, body }]) => [status, body.code])).toEqual(refusals.map(([, status, code]) => [status, code]));
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('may be made by an operator for a user, whose coupon it then is', async () => {
    const [buyer, operator, couponId] = [await shop.newBuyer(), await shop.newOperator(), await newCoupon(shop)];

    expect(await issue(operator, couponId, { userId: buyer.userId })).toMatchObject({ status: 201, body: { userId: buyer.userId } });
    expect(await issue(buyer, couponId, { userId: buyer.userId })).toMatchObject({ status: 409, body: { code: 'ALREADY_ISSUED' } });
    expect((await buyer.send('GET', '/coupons/issued')).body).toHaveLength(1);
  });

  test('repeated with its Idempotency-Key is answered as before, also after the last coupon went', async () => {
    const couponId = await newCoupon(shop, { totalQuantity: 2 });
    const [winner, last, loser] = [await shop.newBuyer(), await shop.newBuyer(), await shop.newBuyer()];
    const first = await issue(winner, couponId, undefined, 'mine');
    await issueTo(last, couponId);
    expect(await issue(loser, couponId, undefined, 'late')).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });
    expect(await issue(loser, couponId)).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });

    const repeat = await issue(winner, couponId, undefined, 'mine');
    expect(repeat).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
    expect(await issue(loser, couponId, undefined, 'late')).toMatchObject({
      status: 409, body: { code: 'SOLD_OUT' }, headers: { 'idempotency-replayed': 'true' },
    });
    expect(await issue(winner, await newCoupon(shop), undefined, 'mine')).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });
});

describe('sold out', () => {
  test('is answered without the database, while a campaign that is not waits for it', async () => {
    const [gone, open] = [await newCoupon(shop, { totalQuantity: 1 }), await newCoupon(shop)];
    const [buyer, other] = [await shop.newBuyer(), await shop.newBuyer()];
    await issueTo(other, gone);
    const hold = await shop.database.pool.connect();
    try {
      await hold.query('BEGIN');
      await issue(buyer, gone);
      // Whatever asks the database about a campaign now waits for this lock.
      await hold.query('LOCK TABLE coupons');
      let answered = false;
      const waiting = issue(buyer, open).finally(() => (answered = true));
      const refused = await Promise.all(Array.from({ length: 20 }, () => issue(buyer, gone)));
      expect(refused.filter(({ status, body }) => status === 409 && body.code === 'SOLD_OUT')).toHaveLength(20);
      expect(answered).toBe(false);
      await hold.query('ROLLBACK');
      expect((await waiting).status).toBe(201);
    } finally {
      // With whatever it still holds.
      hold.release(true);
    }
  });

  test('is forgotten within half a second, so that a raised quantity is issued', async () => {
    const couponId = await newCoupon(shop, { totalQuantity: 1 });
    await issueTo(await shop.newBuyer(), couponId);
    const buyer = await shop.newBuyer();
    expect(await issue(buyer, couponId)).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });
    await shop.rows('UPDATE coupons SET total_quantity = 2 WHERE id = $1', [couponId]);

    await expect.poll(async () => (await issue(buyer, couponId)).status, { timeout: 1_000, interval: 50 }).toBe(201);
  });
});

describe('my coupons', () => {
  test('are listed newest first and by status; one that is out of date is EXPIRED though no job has run', async () => {
    const buyer = await shop.newBuyer(10_000);
    const { productId } = await shop.newProduct();
    const issued: string[] = [];
    for (let n = 0; n < 3; n += 1) issued.push(await issueTo(buyer, await newCoupon(shop)));
    const [used, expired, available] = issued as [string, string, string];
    await expire(shop, expired);
    const order = await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }], couponId: used });

    const list = async (query = '') => (await buyer.send('GET', `/coupons/issued${query}`)).body.map((coupon: any) => [coupon.issuedCouponId, coupon.status]);
    expect(await list()).toEqual([[available, 'AVAILABLE'], [expired, 'EXPIRED'], [used, 'USED']]);
    expect(await list('?status=AVAILABLE')).toEqual([[available, 'AVAILABLE']]);
    expect(await list('?status=EXPIRED')).toEqual([[expired, 'EXPIRED']]);
    expect(await list('?status=USED')).toEqual([[used, 'USED']]);
    expect((await buyer.send('GET', '/coupons/issued?status=USED')).body).toMatchObject([
      { sequence: 1, name: 'Coupon', discountType: 'AMOUNT', discountValue: 500, orderId: order.body.orderId, usedAt: order.body.paidAt },
    ]);
    expect(await list(`?userId=${buyer.userId}&limit=1`)).toEqual([[available, 'AVAILABLE']]);
  });

  test('are shown to their owner and to operators only', async () => {
    const [buyer, other, operator] = [await shop.newBuyer(), await shop.newBuyer(), await shop.newOperator()];
    await issueTo(buyer, await newCoupon(shop));
    const url = `/coupons/issued?userId=${buyer.userId}`;

    expect((await other.send('GET', '/coupons/issued')).body).toEqual([]);
    expect(await other.send('GET', url)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await operator.send('GET', url)).body).toHaveLength(1);
    expect(await operator.send('GET', `/coupons/issued?userId=${uuidv7()}`)).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    expect(await send(shop.app, undefined, 'GET', '/coupons/issued')).toMatchObject({ status: 401 });
    expect(await buyer.send('GET', '/coupons/issued?status=LOST')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});
