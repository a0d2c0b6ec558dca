import { describe, expect, test } from 'vitest';
import type { IssuedCoupon } from '../../src/domain/coupon.ts';
import { decideHold, decideOrder } from '../../src/domain/order.ts';
import { after, issuedCoupon } from './coupon-rows.ts';
import { now, openBooks, refusalOf, variant, wallet } from './open-books.ts';

const terms = { userId: 'buyer', lines: [{ productId: 'mugs', quantity: 2 }], actor: { changedBy: 'USER', userId: 'buyer' } as const };
const withCoupon = { ...terms, issuedCouponId: 'mine' };

/** A buyer of 2 mugs for 2,000 won, with a coupon. */
const openWith = (coupon: Partial<IssuedCoupon> = {}, { balance = 10_000, stock = 10 } = {}) =>
  openBooks({ wallets: [wallet(balance)], variants: [variant({ variantId: 'mug', productId: 'mugs', stock })], issuedCoupons: [issuedCoupon(coupon)] });

const ways = [
  ['paid at once', (books: ReturnType<typeof openWith>) => decideOrder(books, withCoupon)],
  ['held', (books: ReturnType<typeof openWith>) => decideHold(books, withCoupon, 15)],
] as const;

describe.each(ways)('an order with a coupon, %s', (way, decide) => {
  test('takes its discount and uses the coupon', () => {
    const books = openWith();
    const { orderId, ...order } = decide(books);

    expect(order).toMatchObject({ itemsPrice: 2_000, discountAmount: 500, totalPrice: 1_500, issuedCouponId: 'mine' });
    expect(books.issuedCoupon('mine')).toMatchObject({ status: 'USED', orderId });
    expect(books.entries.couponHistory).toMatchObject([{ issuedCouponId: 'mine', action: 'USED', orderId, createdAt: now }]);
    expect(books.wallet('buyer')?.balance).toBe(way === 'held' ? 10_000 : 8_500);
  });

  test('never costs less than nothing', () => {
    const books = openWith({ discountValue: 2_001 }, { balance: 0 });

    expect(decide(books)).toMatchObject({ discountAmount: 2_000, totalPrice: 0 });
    expect(books.entries.walletTransactions).toEqual([]);
  });

  test.each([
    ['used', { status: 'USED', orderId: 'earlier' }],
    ['expired at this instant', { expiresAt: now }],
    ['for orders of one won more', { minimumOrderAmount: 2_001 }],
  ] as const)('that is %s is kept as FAILED without a discount, and leaves coupon, stock and balance alone', (_what, different) => {
    const books = openWith(different);
    const before = structuredClone(books.issuedCoupon('mine'));

    expect(decide(books)).toMatchObject({ status: 'FAILED', failureReason: 'COUPON_NOT_USABLE', discountAmount: 0, totalPrice: 2_000 });
    expect(books.issuedCoupon('mine')).toEqual(before);
    expect([books.wallet('buyer')?.balance, books.variant('mug')?.stock, books.entries.couponHistory.length]).toEqual([10_000, 10, 0]);
  });

  test('that fails for its stock leaves the coupon unused', () => {
    const books = openWith({}, { stock: 1 });

    expect(decide(books)).toMatchObject({ status: 'FAILED', failureReason: 'OUT_OF_STOCK' });
    expect(books.issuedCoupon('mine')?.status).toBe('AVAILABLE');
  });

  test('is refused without a trace where the coupon is another’s', () => {
    const books = openWith({ userId: 'other' });

    expect(refusalOf(() => decide(books))).toBe('ISSUED_COUPON_NOT_FOUND');
    expect(books.entryCount).toBe(0);
  });
});

test('the balance is compared with what is left after the discount', () => {
  expect(decideOrder(openWith({}, { balance: 1_500 }), withCoupon).status).toBe('SUCCESS');
  const books = openWith({}, { balance: 1_499 });
  expect(decideOrder(books, withCoupon)).toMatchObject({ status: 'FAILED', failureReason: 'INSUFFICIENT_BALANCE', totalPrice: 1_500 });
  expect(books.issuedCoupon('mine')?.status).toBe('AVAILABLE');
});

test('one coupon in two orders of one transaction is used by the first', () => {
  const books = openWith();
  expect([decideOrder(books, withCoupon), decideHold(books, withCoupon, 15)].map(({ status }) => status)).toEqual(['SUCCESS', 'FAILED']);
});

describe('a hold', () => {
  test.each([1, 15, 1_440])('of %d minutes ends to the millisecond', (minutes) => {
    expect(decideHold(openWith(), terms, minutes)).toMatchObject({ status: 'PENDING', holdExpiresAt: after(minutes * 60_000), deliveryStatus: null });
  });

  test('takes its stock, asks for no balance, and is neither a payment nor an event yet', () => {
    const books = openWith({}, { balance: 0 });
    const { orderId } = decideHold(books, terms, 15);

    expect(books.variant('mug')?.stock).toBe(8);
    expect(books.entries).toMatchObject({
      stockMovements: [{ type: 'SALE', quantity: -2, orderId }],
      orderStatusChanges: [{ orderId, status: 'PENDING', deliveryStatus: null, changedBy: 'USER' }],
      payments: [], events: [], walletTransactions: [],
    });
  });
});
