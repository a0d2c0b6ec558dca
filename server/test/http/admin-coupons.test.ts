import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { soldOutLeaseMs } from '../../src/application/sold-out-coupons.ts';
import { expectRefused } from '../admin.ts';
import { idOfNothing } from '../documented-routes.ts';
import { collectPages } from '../pages.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';

let shop: TestShop;
let operator: TestUser;
beforeAll(async () => {
  shop = await openShop();
  operator = await shop.newOperator();
});
afterAll(() => shop.close());

const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
const terms = (change: object = {}) => ({
  name: { ko: '쿠폰', en: 'Coupon' }, discountType: 'AMOUNT', discountValue: 500, minimumOrderAmount: 1_000, totalQuantity: 10,
  startsAt: hours(-1), endsAt: hours(1), ...change,
});
const create = (body: object, headers?: Record<string, string>) => operator.send('POST', '/admin/coupons', body, headers);
const created = async (change: object = {}): Promise<any> => {
  const answer = await create(terms(change));
  expect(answer.status).toBe(201);
  return answer.body;
};
const patch = (couponId: string, body: object, headers?: Record<string, string>) => operator.send('PATCH', `/admin/coupons/${couponId}`, body, headers);
const issue = (buyer: TestUser, couponId: string) => buyer.send('POST', `/coupons/${couponId}/issue`);
const newBuyers = (count: number) => Promise.all(Array.from({ length: count }, () => shop.newBuyer()));

const issuedBy = async (query: string) => (await operator.send('GET', `/admin/issued-coupons?${query}`)).body.map(({ couponId, status }: any) => [couponId, status]);

describe('creating a campaign', () => {
  test('it is open to claims at once, and in the audit log', async () => {
    const answer = await create(terms());

    const { couponId } = answer.body;
    expect(answer).toMatchObject({
      status: 201, headers: { etag: '"1"', location: `/admin/coupons/${couponId}` },
      body: { version: 1, discountMax: null, lifeDays: 365, totalQuantity: 10, issuedQuantity: 0, remainingQuantity: 10 },
    });
    expect(await operator.send('GET', `/admin/coupons/${couponId}`)).toMatchObject({ headers: { etag: '"1"' }, body: answer.body });
    expect(await issue(await shop.newBuyer(), couponId)).toMatchObject({ status: 201, body: { sequence: 1 } });
    expect((await operator.send('GET', `/admin/actions?subjectId=${couponId}`)).body).toMatchObject([
      { action: 'create-coupon', operatorId: operator.userId, subjectType: 'coupon', before: null, after: { totalQuantity: 10, startsAt: answer.body.startsAt } },
    ]);
  });

  test('a repeat with the same Idempotency-Key makes no second one', async () => {
    const body = terms();
    const first = await create(body, { 'idempotency-key': 'c1' });
    expect(await create(body, { 'idempotency-key': 'c1' })).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
  });

  test.each([
    ['a window that ends before it starts', { startsAt: hours(2), endsAt: hours(1) }],
    ['a window without length', { startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' }],
    ['more than 100 percent', { discountType: 'PERCENT', discountValue: 101 }],
    ['an amount with a cap', { discountMax: 100 }],
    ['no discount', { discountValue: 0 }],
    ['no coupons', { totalQuantity: 0 }],
    ['more coupons than can be counted', { totalQuantity: 2 ** 31 }],
    ['more won than can be counted', { discountValue: 2 ** 60 }],
    ['a life without end', { lifeDays: 3_651 }],
    ['a moment that is none', { startsAt: '2026-02-30T00:00:00Z' }],
    ['a leap second', { endsAt: '2099-12-31T23:59:60Z' }],
    ['a name with a NUL', { name: { ko: 'a\0', en: 'a' } }],
    ['an issued quantity', { issuedQuantity: 1 }],
  ])('%s is refused', async (_what, change) => {
    await expectRefused(shop, 'VALIDATION_FAILED', 400, () => create(terms(change)));
  });

  test.each([['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'], ['0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59']])(
    'the widest window, %s to %s, is kept', async (startsAt, endsAt) => {
      const { couponId } = await created({ startsAt, endsAt });
      expect((await operator.send('GET', `/admin/coupons/${couponId}`)).status).toBe(200);
      expect((await issue(await shop.newBuyer(), couponId)).status).toBe(201);
    },
  );
});

describe('changing a campaign', () => {
  test('everything can change until one is issued; what is left out stays', async () => {
    const coupon = await created();
    const change = {
      name: { ko: '새 쿠폰', en: 'New' }, discountType: 'PERCENT', discountValue: 10, discountMax: 2_000, minimumOrderAmount: 0, totalQuantity: 5,
      startsAt: '2026-01-01T00:00:00.000Z', endsAt: '2099-01-01T00:00:00.000Z', lifeDays: 7,
    };

    expect(await patch(coupon.couponId, { lifeDays: 30 })).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { ...coupon, lifeDays: 30, version: 2, updatedAt: expect.any(String) } });
    expect((await patch(coupon.couponId, change)).body).toMatchObject({ ...change, version: 3, remainingQuantity: 5 });
    expect((await operator.send('GET', `/admin/coupons/${coupon.couponId}`)).body).toMatchObject(change);
    const [last] = (await operator.send('GET', `/admin/actions?subjectId=${coupon.couponId}`)).body;
    expect(last).toMatchObject({ action: 'change-coupon', before: { lifeDays: 30, discountType: 'AMOUNT' }, after: { lifeDays: 7, discountType: 'PERCENT' } });
  });

  test('after the first issue the discount and the minimum are fixed, all else can change', async () => {
    const coupon = await created();
    await issue(await shop.newBuyer(), coupon.couponId);

    for (const change of [{ discountType: 'PERCENT', discountValue: 5 }, { discountValue: 501 }, { minimumOrderAmount: 0 }]) {
      await expectRefused(shop, 'COUPON_TERMS_FIXED', 409, () => patch(coupon.couponId, change));
    }
    const { discountType, discountValue, discountMax, minimumOrderAmount } = coupon;
    const same = { discountType, discountValue, discountMax, minimumOrderAmount, endsAt: hours(5), lifeDays: 1, name: { ko: '나', en: 'N' } };
    expect((await patch(coupon.couponId, same)).body).toMatchObject({ ...same, version: 2, issuedQuantity: 1 });
  });

  test('the total never falls below what is issued, also against claims', async () => {
    const coupon = await created({ totalQuantity: 50 });
    const buyers = await newBuyers(50);

    const [lowered, ...claims] = await Promise.all([patch(coupon.couponId, { totalQuantity: 20 }), ...buyers.map((buyer) => issue(buyer, coupon.couponId))]);

    const issued = claims.filter(({ status }) => status === 201).length;
    const state = (await operator.send('GET', `/admin/coupons/${coupon.couponId}`)).body;
    expect(state.issuedQuantity).toBe(issued);
    expect([lowered.status, state.totalQuantity, issued]).toEqual(lowered.status === 200 ? [200, 20, 20] : [409, 50, 50]);
    await expectRefused(shop, 'QUANTITY_BELOW_ISSUED', 409, () => patch(coupon.couponId, { totalQuantity: issued - 1 }));
    expect((await patch(coupon.couponId, { totalQuantity: issued })).status).toBe(200);
  });

  test('a window that is closed stops the claims at once, and one that is opened lets them in', async () => {
    const { couponId } = await created();
    const buyer = await shop.newBuyer();
    await patch(couponId, { endsAt: hours(-0.5) });
    expect((await issue(buyer, couponId)).body.code).toBe('ENDED');
    await patch(couponId, { startsAt: hours(1), endsAt: hours(2) });
    expect((await issue(buyer, couponId)).body.code).toBe('NOT_STARTED');
    await patch(couponId, { startsAt: hours(-1) });
    expect((await issue(buyer, couponId)).status).toBe(201);
  });

  test('a raised total is claimed to the last coupon by those who were told that it was sold out', async () => {
    const { couponId } = await created({ totalQuantity: 5 });
    const buyers = await newBuyers(20);
    const claimAll = async () => Promise.all(buyers.map((buyer) => issue(buyer, couponId)));
    expect((await claimAll()).filter(({ status }) => status === 201)).toHaveLength(5);
    expect((await claimAll()).every(({ body }) => ['SOLD_OUT', 'ALREADY_ISSUED'].includes(body.code))).toBe(true);

    const startedAt = performance.now();
    const raised = await patch(couponId, { totalQuantity: 12 });
    expect(raised).toMatchObject({ status: 200, body: { totalQuantity: 12, remainingQuantity: 7 } });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(soldOutLeaseMs);

    const answers = await claimAll();
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    const rows = await shop.rows('SELECT sequence FROM issued_coupons WHERE coupon_id = $1 ORDER BY 1', [couponId]);
    expect(rows.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect((await operator.send('GET', `/admin/coupons/${couponId}`)).body).toMatchObject({ issuedQuantity: 12, remainingQuantity: 0 });
  });

  test('nobody is told "sold out" once a raise is answered, however busy the claims', async () => {
    const { couponId } = await created({ totalQuantity: 1 });
    const buyers = await newBuyers(100);
    let [refused, raised, next] = [false, false, 0];
    const late: string[] = [];
    const claiming = Array.from({ length: 10 }, async () => {
      while (late.length < 200) {
        const isLate = raised;
        const { body } = await issue(buyers[next++ % buyers.length] ?? operator, couponId);
        if (isLate) late.push(body.code ?? 'issued');
        else await new Promise((resolve) => setTimeout(resolve, 20));
        refused ||= body.code === 'SOLD_OUT';
      }
    });
    await expect.poll(() => refused).toBe(true);
    await patch(couponId, { totalQuantity: 1_000 });
    raised = true;
    await Promise.all(claiming);
    expect(late).not.toContain('SOLD_OUT');
  });

  test.each([
    ['an empty change', {}],
    ['an end before the start', { endsAt: '2020-01-01T00:00:00Z' }],
    ['a cap for an amount', { discountMax: 100 }],
    ['150 percent', { discountType: 'PERCENT', discountValue: 150 }],
    ['an issued quantity', { issuedQuantity: 0 }],
  ])('%s is refused', async (_what, change) => {
    const { couponId } = await created();
    await expectRefused(shop, 'VALIDATION_FAILED', 400, () => patch(couponId, change));
  });

  test('of parallel changes on one version exactly one succeeds', async () => {
    const { couponId } = await created();
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => patch(couponId, { lifeDays: index + 1 }, { 'if-match': '"1"' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const winner = answers.find(({ status }) => status === 200);
    for (const { body, headers } of answers.filter(({ status }) => status !== 200)) {
      expect(body).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED', current: winner?.body });
      expect(headers['etag']).toBe('"2"');
    }
  });

  test('one that does not exist is not found', async () => {
    await expectRefused(shop, 'COUPON_NOT_FOUND', 404, () => patch(idOfNothing, { lifeDays: 1 }));
    for (const path of ['', '/issued']) expect((await operator.send('GET', `/admin/coupons/${idOfNothing}${path}`)).body.code).toBe('COUPON_NOT_FOUND');
  });
});

describe('the lists', () => {
  test('campaigns are all there, also ended ones, newest first, in pages', async () => {
    const ended = await created({ startsAt: hours(-3), endsAt: hours(-2) });
    const future = await created({ startsAt: hours(2), endsAt: hours(3) });
    const all = (await collectPages(operator, '/admin/coupons?limit=7')).flat();
    expect(all.slice(0, 2)).toEqual([future, ended]);
    const ids = await shop.rows('SELECT id FROM coupons ORDER BY id DESC');
    expect(all.map(({ couponId }) => couponId)).toEqual(ids.map(({ id }) => id));
  });

  test('issued coupons are listed by campaign, first come first', async () => {
    const { couponId } = await created();
    const buyers = await newBuyers(5);
    for (const buyer of buyers) await issue(buyer, couponId);
    const issued = (await collectPages(operator, `/admin/coupons/${couponId}/issued?limit=2`)).flat();
    expect(issued.map(({ userId, sequence }) => [userId, sequence])).toEqual(buyers.map(({ userId }, index) => [userId, index + 1]));
    expect((await operator.send('GET', `/admin/coupons/${(await created()).couponId}/issued`)).body).toEqual([]);
  });

  test('issued coupons are found by user and by status', async () => {
    const [used, expired, open] = [await created(), await created(), await created()];
    const buyer = await shop.newBuyer(10_000);
    const { productId } = await shop.newProduct({ price: 2_000 });
    const { issuedCouponId } = (await issue(buyer, used.couponId)).body;
    await issue(buyer, expired.couponId);
    await issue(buyer, open.couponId);
    expect((await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }], couponId: issuedCouponId })).status).toBe(201);
    await shop.rows(`UPDATE issued_coupons SET expires_at = now() - interval '1 second' WHERE coupon_id = $1`, [expired.couponId]);

    expect(await issuedBy(`userId=${buyer.userId}`)).toEqual([[open.couponId, 'AVAILABLE'], [expired.couponId, 'EXPIRED'], [used.couponId, 'USED']]);
    expect(await issuedBy(`userId=${buyer.userId}&status=AVAILABLE`)).toEqual([[open.couponId, 'AVAILABLE']]);
    expect(await issuedBy(`userId=${buyer.userId}&status=EXPIRED`)).toEqual([[expired.couponId, 'EXPIRED']]);
    expect(await issuedBy('status=USED')).toEqual([[used.couponId, 'USED']]);
    expect(await issuedBy(`userId=${idOfNothing}`)).toEqual([]);
  });

  test('used coupons are found once each, newest first, whatever became of earlier orders with them', async () => {
    const { couponId } = await created();
    const { productId } = await shop.newProduct({ price: 2_000 });
    const use = async (buyer: TestUser, issuedCouponId: string) =>
      (await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }], couponId: issuedCouponId })).body.orderId;
    const used: string[] = [];
    for (const cancelled of [0, 1, 2]) {
      const buyer = await shop.newBuyer(10_000);
      const { issuedCouponId } = (await issue(buyer, couponId)).body;
      for (let n = 0; n < cancelled; n += 1) await buyer.send('POST', `/orders/${await use(buyer, issuedCouponId)}/cancel`);
      if (cancelled === 2) continue;
      await use(buyer, issuedCouponId);
      used.unshift(issuedCouponId);
    }

    const found = (await collectPages(operator, '/admin/issued-coupons?status=USED&limit=1')).flat();
    expect(found.filter((coupon) => coupon.couponId === couponId).map(({ issuedCouponId }) => issuedCouponId)).toEqual(used);
  });
});
