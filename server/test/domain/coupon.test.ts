import { assert, integer, oneof, option, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Coupon, type DiscountTerms, decideIssue, discountOf, whyNotUsable } from '../../src/domain/coupon.ts';
import { after, campaign, issuedCoupon } from './coupon-rows.ts';
import { now, openBooks, refusalOf } from './open-books.ts';

const dayMs = 86_400_000;

function openCampaign(different: Partial<Coupon> = {}, holders: string[] = []) {
  return openBooks({
    users: [{ userId: 'buyer' }, { userId: 'other' }],
    coupons: [campaign(different)],
    couponHolders: holders.map((userId) => ({ couponId: 'spring', userId })),
  });
}

describe('the issue window', () => {
  test.each([
    ['starts this very millisecond', { startsAt: now }],
    ['started a millisecond ago', { startsAt: after(-1) }],
    ['ends in a millisecond', { endsAt: after(1) }],
    ['is this one millisecond', { startsAt: now, endsAt: after(1) }],
  ])('%s: a coupon is issued', (_what, window) => {
    expect(decideIssue(openCampaign(window), 'spring', 'buyer').sequence).toBe(1);
  });

  test.each([
    ['starts in a millisecond', { startsAt: after(1) }, 'NOT_STARTED'],
    ['starts tomorrow', { startsAt: after(dayMs), endsAt: after(2 * dayMs) }, 'NOT_STARTED'],
    ['ends this very millisecond', { endsAt: now }, 'ENDED'],
    ['ended a millisecond ago', { endsAt: after(-1) }, 'ENDED'],
  ])('%s: it is refused', (_what, window, code) => {
    expect(refusalOf(() => decideIssue(openCampaign(window), 'spring', 'buyer'))).toBe(code);
  });
});

describe('the total quantity', () => {
  test.each([
    [0, 1],
    [0, 100],
    [98, 100],
    [99, 100],
  ])('%d of %d are gone: the next is issued', (issuedQuantity, totalQuantity) => {
    expect(decideIssue(openCampaign({ issuedQuantity, totalQuantity }), 'spring', 'buyer').sequence).toBe(issuedQuantity + 1);
  });

  test('the last coupon is issued once, and whoever comes next is refused', () => {
    const books = openCampaign({ issuedQuantity: 99 });
    decideIssue(books, 'spring', 'other');

    expect(refusalOf(() => decideIssue(books, 'spring', 'buyer'))).toBe('SOLD_OUT');
    expect(books.coupon('spring')?.issuedQuantity).toBe(100);
  });

  test('more issued than there are, which an operator cannot bring about, is sold out too', () => {
    expect(refusalOf(() => decideIssue(openCampaign({ issuedQuantity: 101 }), 'spring', 'buyer'))).toBe('SOLD_OUT');
  });
});

describe('one for each user', () => {
  test('who has one already is refused', () => {
    expect(refusalOf(() => decideIssue(openCampaign({ issuedQuantity: 1 }, ['buyer']), 'spring', 'buyer'))).toBe('ALREADY_ISSUED');
  });

  test('who got one a moment ago in the same transaction is refused, and the others come in order', () => {
    const books = openCampaign();

    expect(decideIssue(books, 'spring', 'buyer').sequence).toBe(1);
    expect(refusalOf(() => decideIssue(books, 'spring', 'buyer'))).toBe('ALREADY_ISSUED');
    expect(decideIssue(books, 'spring', 'other').sequence).toBe(2);
  });

  test('a coupon of another campaign is in nobody’s way', () => {
    const books = openBooks({ users: [{ userId: 'buyer' }], coupons: [campaign(), campaign({ couponId: 'autumn' })], couponHolders: [{ couponId: 'autumn', userId: 'buyer' }] });

    expect(decideIssue(books, 'spring', 'buyer').couponId).toBe('spring');
  });
});

describe('which refusal comes first', () => {
  const gone = { issuedQuantity: 100 };
  test.each([
    ['nobody, of no campaign', {}, [], 'autumn', 'nobody', 'USER_NOT_FOUND'],
    ['no campaign', gone, ['buyer'], 'autumn', 'buyer', 'COUPON_NOT_FOUND'],
    ['not begun, none left, has one', { ...gone, startsAt: after(1) }, ['buyer'], 'spring', 'buyer', 'NOT_STARTED'],
    ['over, none left, has one', { ...gone, endsAt: now }, ['buyer'], 'spring', 'buyer', 'ENDED'],
    ['none left, has one', gone, ['buyer'], 'spring', 'buyer', 'SOLD_OUT'],
  ])('%s', (_what, different, holders, couponId, userId, code) => {
    const books = openCampaign(different, holders);
    const before = structuredClone(books.coupon('spring'));

    expect(refusalOf(() => decideIssue(books, couponId, userId))).toBe(code);
    expect(books.entryCount).toBe(0);
    expect(books.coupon('spring')).toEqual(before);
  });
});

describe('what an issue writes', () => {
  test.each([1, 365, 3_650])('the coupon lives %d days from its issue', (lifeDays) => {
    expect(decideIssue(openCampaign({ lifeDays }), 'spring', 'buyer')).toMatchObject({ issuedAt: now, expiresAt: after(lifeDays * dayMs) });
  });

  test('one coupon, one line of history and one event, and nothing else', () => {
    const books = openCampaign({ issuedQuantity: 36 });
    const issued = decideIssue(books, 'spring', 'buyer');
    const { issuedCouponId } = issued;

    expect(books.entryCount).toBe(3);
    expect(books.entries.newIssuedCoupons).toEqual([issued]);
    expect(books.entries.couponHistory).toEqual([expect.objectContaining({ issuedCouponId, action: 'ISSUED', orderId: null, createdAt: now })]);
    expect(books.entries.events).toEqual([
      expect.objectContaining({
        type: 'openrun.coupon.issued', subject: issuedCouponId,
        data: {
          issuedCouponId, couponId: 'spring', userId: 'buyer', sequence: 37, issuedAt: now.toISOString(), expiresAt: after(365 * dayMs).toISOString(),
        },
      }),
    ]);
    expect([...books.entries.changedCoupons.keys()]).toEqual(['spring']);
  });
});

const amount = (discountValue: number): DiscountTerms => ({ discountType: 'AMOUNT', discountValue, discountMax: null, minimumOrderAmount: 0 });
const percent = (discountValue: number, discountMax: number | null = null): DiscountTerms => ({
  discountType: 'PERCENT', discountValue, discountMax, minimumOrderAmount: 0,
});

describe('the discount', () => {
  test.each([
    ['an amount below the order', amount(500), 1_000, 500],
    ['an amount equal to the order', amount(1_000), 1_000, 1_000],
    ['an amount above the order', amount(1_001), 1_000, 1_000],
    ['a percentage', percent(10), 12_300, 1_230],
    ['a percentage, rounded down from .01', percent(1), 101, 1],
    ['a percentage, rounded down from .99', percent(1), 199, 1],
    ['a percentage of too little', percent(1), 99, 0],
    ['33 percent of 100', percent(33), 100, 33],
    ['29 percent of 100, which floats get wrong', percent(29), 100, 29],
    ['all of it', percent(100), 12_345, 12_345],
    ['a percentage just below its cap', percent(10, 1_001), 10_000, 1_000],
    ['a percentage at its cap', percent(10, 1_000), 10_000, 1_000],
    ['a percentage above its cap', percent(10, 999), 10_000, 999],
    ['a cap above the order', percent(100, 5_000), 1_000, 1_000],
  ])('%s', (_what, terms, itemsPrice, discount) => {
    expect(discountOf(terms, itemsPrice)).toBe(discount);
  });

  test('is the exact percentage rounded down, for every order possible', () => {
    const largestOrder = 100 * 1_000 * 100_000_000;
    assert(
      property(integer({ min: 1, max: 100 }), integer({ min: 0, max: largestOrder }), (value, itemsPrice) =>
        discountOf(percent(value), itemsPrice) === Number((BigInt(itemsPrice) * BigInt(value)) / 100n)),
    );
  });

  test('is a whole number from 0 to the order and to the cap, whatever the terms', () => {
    const terms = oneof(
      integer({ min: 1, max: 1e9 }).map(amount),
      tuple(integer({ min: 1, max: 100 }), option(integer({ min: 1, max: 1e9 }))).map(([value, cap]) => percent(value, cap)),
    );
    assert(
      property(terms, integer({ min: 0, max: 1e9 }), (given, itemsPrice) => {
        const discount = discountOf(given, itemsPrice);
        return Number.isSafeInteger(discount) && discount >= 0 && discount <= itemsPrice && discount <= (given.discountMax ?? discount);
      }),
    );
  });
});

describe('whether a coupon can be used', () => {
  test.each([
    ['at the minimum', { minimumOrderAmount: 1_000 }, null],
    ['one won below the minimum', { minimumOrderAmount: 1_001 }, 'MINIMUM_NOT_REACHED'],
    ['one won above the minimum', { minimumOrderAmount: 999 }, null],
    ['in its last millisecond', { expiresAt: after(1) }, null],
    ['at the instant it expires', { expiresAt: now }, 'EXPIRED'],
    ['a millisecond after it expired', { expiresAt: after(-1) }, 'EXPIRED'],
    ['used', { status: 'USED', orderId: 'order' }, 'USED'],
    ['used, expired and below the minimum', { status: 'USED', orderId: 'order', expiresAt: now, minimumOrderAmount: 1_001 }, 'USED'],
    ['expired and below the minimum', { expiresAt: now, minimumOrderAmount: 1_001 }, 'EXPIRED'],
  ] as const)('%s, on an order of 1,000 won: %o gives %s', (_what, different, why) => {
    expect(whyNotUsable(issuedCoupon(different), 1_000, now)).toBe(why);
  });
});
