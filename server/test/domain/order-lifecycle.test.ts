import { describe, expect, test } from 'vitest';
import type { Books } from '../../src/domain/books.ts';
import type { IssuedCoupon } from '../../src/domain/coupon.ts';
import { decideCancel, decideDelivery, decideExpireHold, decidePay } from '../../src/domain/order-lifecycle.ts';
import { type Actor, type Order, asPlaced } from '../../src/domain/order.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { after, issuedCoupon } from './coupon-rows.ts';
import { now, openBooks, refusalOf, variant, wallet } from './open-books.ts';

const user: Actor = { changedBy: 'USER', userId: 'buyer' };
const operator: Actor = { changedBy: 'OPERATOR', userId: 'boss' };
const system: Actor = { changedBy: 'SYSTEM', userId: null };

/** Every state an order can be in. */
const states = {
  pending: { status: 'PENDING', deliveryStatus: null, paidAt: null, holdExpiresAt: after(60_000) },
  failed: { status: 'FAILED', deliveryStatus: null, paidAt: null, failureReason: 'OUT_OF_STOCK' },
  preparing: { status: 'SUCCESS', deliveryStatus: 'PREPARING' },
  shipping: { status: 'SUCCESS', deliveryStatus: 'SHIPPING' },
  delivered: { status: 'SUCCESS', deliveryStatus: 'DELIVERED' },
  cancelled: { status: 'CANCELLED', deliveryStatus: null, paidAt: null, cancelledAt: after(-1) },
  refunded: { status: 'CANCELLED', deliveryStatus: 'PREPARING', cancelledAt: after(-1) },
} as const satisfies Record<string, Partial<Order>>;
type State = keyof typeof states;

interface Given {
  balance?: number;
  coupon?: Partial<IssuedCoupon>;
  different?: Partial<Order>;
}

/** One order of 2 mugs for 2,000 won in the given state; with a coupon, 500 less. */
function openWith(state: State, { balance = 5_000, coupon, different = {} }: Given = {}): Books {
  const order: Order = {
    orderId: 'order', userId: 'buyer', itemsPrice: 2_000, discountAmount: coupon ? 500 : 0,
    totalPrice: coupon ? 1_500 : 2_000, failureReason: null, issuedCouponId: coupon ? 'mine' : null,
    items: [{ productId: 'mugs', variantId: 'mug', quantity: 2, unitPrice: 1_000 }],
    createdAt: after(-60_000), paidAt: after(-60_000), holdExpiresAt: null, cancelledAt: null, ...states[state], ...different,
  };
  return openBooks({
    wallets: [wallet(balance)],
    orders: [order],
    variants: [variant({ variantId: 'mug', productId: 'mugs' })],
    issuedCoupons: coupon ? [issuedCoupon({ status: 'USED', orderId: 'order', ...coupon })] : [],
  });
}

const snapshot = (books: Books) =>
  structuredClone([books.wallet('buyer'), books.variant('mug'), books.order('order'), books.issuedCoupon('mine'), books.entryCount]);

/** Expects a refusal that leaves the books as they were. */
function expectRefusal(books: Books, work: () => unknown, code: string): void {
  const before = snapshot(books);
  expect(refusalOf(work)).toBe(code);
  expect(snapshot(books)).toEqual(before);
}

const cancel = (books: Books, actor: Actor, reason: string | null = null) => decideCancel(books, defaultRules, 'order', actor, reason);

describe('paying', () => {
  test('a pending order: money down, status, payment and event, and the stock is not taken again', () => {
    const books = openWith('pending');

    expect(decidePay(books, 'order', user)).toMatchObject({
      paid: true, order: { status: 'SUCCESS', deliveryStatus: 'PREPARING', paidAt: now, holdExpiresAt: null },
    });
    expect(books.wallet('buyer')?.balance).toBe(3_000);
    expect(books.entries).toMatchObject({
      stockMovements: [], couponHistory: [],
      walletTransactions: [{ type: 'PAYMENT', amount: -2_000, orderId: 'order' }],
      payments: [{ status: 'SUCCESS', amount: 2_000, failureReason: null }],
      orderStatusChanges: [{ status: 'SUCCESS', deliveryStatus: 'PREPARING', changedBy: 'USER', changedByUserId: 'buyer' }],
      events: [{ type: 'openrun.order.paid', subject: 'order', data: { paidAt: now.toISOString() } }],
    });
  });

  test.each(['failed', 'preparing', 'shipping', 'delivered', 'cancelled', 'refunded'] as const)('a %s order is refused', (state) => {
    const books = openWith(state);
    expectRefusal(books, () => decidePay(books, 'order', user), 'ORDER_NOT_PENDING');
  });

  test('the balance may be spent to the last won', () => {
    const books = openWith('pending', { balance: 2_000 });
    expect(decidePay(books, 'order', user).paid).toBe(true);
    expect(books.wallet('buyer')?.balance).toBe(0);
  });

  test('one won short: the attempt is kept and the order stays as it was', () => {
    const books = openWith('pending', { balance: 1_999 });
    const before = structuredClone(books.order('order'));

    expect(decidePay(books, 'order', user).paid).toBe(false);
    expect(books.order('order')).toEqual(before);
    expect(books.entries.payments).toMatchObject([{ orderId: 'order', status: 'FAILED', amount: 2_000, failureReason: 'INSUFFICIENT_BALANCE' }]);
    expect([books.entryCount, books.wallet('buyer')?.balance]).toEqual([1, 1_999]);
  });

  test('an order that costs nothing is paid without a wallet transaction', () => {
    const books = openWith('pending', { balance: 0, coupon: {}, different: { discountAmount: 2_000, totalPrice: 0 } });
    expect(decidePay(books, 'order', user).paid).toBe(true);
    expect(books.entries).toMatchObject({ walletTransactions: [], payments: [{ status: 'SUCCESS', amount: 0 }] });
  });
});

describe('the end of a hold', () => {
  test.each([
    ['in its last millisecond', 1, false],
    ['at the instant it ends', 0, true],
    ['a millisecond later', -1, true],
  ])('%s', (_what, ms, ended) => {
    const open = () => openWith('pending', { different: { holdExpiresAt: after(ms) } });
    const books = open();
    if (ended) expectRefusal(books, () => decidePay(books, 'order', user), 'HOLD_EXPIRED');
    else expect(decidePay(books, 'order', user).paid).toBe(true);
    expect(decideExpireHold(open(), 'order')).toBe(ended);
  });

  test('a hold that ended, without the balance either, is refused and no attempt is kept', () => {
    const books = openWith('pending', { balance: 0, different: { holdExpiresAt: now } });
    expectRefusal(books, () => decidePay(books, 'order', user), 'HOLD_EXPIRED');
  });

  test('gives back stock and coupon, and says that the system did it', () => {
    const books = openWith('pending', { coupon: {}, different: { holdExpiresAt: now } });

    expect(decideExpireHold(books, 'order')).toBe(true);
    expect(books.order('order')).toMatchObject({ status: 'CANCELLED', holdExpiresAt: null, cancelledAt: now, paidAt: null });
    expect(books.entries).toMatchObject({
      stockMovements: [{ type: 'RELEASE', quantity: 2, stockBefore: 10, stockAfter: 12, orderId: 'order' }],
      couponHistory: [{ action: 'RESTORED', orderId: 'order' }],
      orderStatusChanges: [{ status: 'CANCELLED', reason: 'HOLD_EXPIRED', changedBy: 'SYSTEM', changedByUserId: null }],
      events: [{ type: 'openrun.order.cancelled', data: { paidAt: null } }],
      walletTransactions: [], payments: [],
    });
  });

  test.each(['failed', 'preparing', 'shipping', 'delivered', 'cancelled', 'refunded'] as const)('changes nothing of a %s order', (state) => {
    const books = openWith(state);
    const before = snapshot(books);
    expect(decideExpireHold(books, 'order')).toBe(false);
    expect(snapshot(books)).toEqual(before);
  });

  test('twice, it happens once', () => {
    const books = openWith('pending', { different: { holdExpiresAt: now } });
    expect([decideExpireHold(books, 'order'), decideExpireHold(books, 'order'), decideExpireHold(books, 'no order')]).toEqual([true, false, false]);
    expect(books.variant('mug')?.stock).toBe(12);
  });
});

describe('cancelling', () => {
  const allowed: Record<State, Actor[]> = {
    pending: [user, operator, system],
    failed: [],
    preparing: [user, operator],
    shipping: [operator],
    delivered: [],
    cancelled: [],
    refunded: [],
  };
  const cases = Object.entries(allowed).flatMap(([state, may]) => [user, operator, system].map((actor) => [state as State, actor, may.includes(actor)] as const));

  test.each(cases)('a %s order, by $changedBy: %s', (state, actor, may) => {
    const books = openWith(state);
    if (may) expect(cancel(books, actor)).toMatchObject({ status: 'CANCELLED', cancelledAt: now, holdExpiresAt: null });
    else expectRefusal(books, () => cancel(books, actor), 'ORDER_NOT_CANCELLABLE');
  });

  test('a paid order: money, stock and coupon go back, and the reason is kept', () => {
    const books = openWith('preparing', { coupon: {} });
    cancel(books, user, 'too small');

    expect([books.wallet('buyer')?.balance, books.variant('mug')?.stock]).toEqual([6_500, 12]);
    expect(books.issuedCoupon('mine')).toMatchObject({ status: 'AVAILABLE', orderId: null });
    expect(books.entries).toMatchObject({
      walletTransactions: [{ type: 'REFUND', amount: 1_500, balanceBefore: 5_000, balanceAfter: 6_500, orderId: 'order' }],
      stockMovements: [{ type: 'CANCEL', quantity: 2, orderId: 'order' }],
      couponHistory: [{ issuedCouponId: 'mine', action: 'RESTORED', orderId: 'order' }],
      orderStatusChanges: [{ status: 'CANCELLED', deliveryStatus: 'PREPARING', reason: 'too small', changedBy: 'USER', changedByUserId: 'buyer' }],
      events: [{ type: 'openrun.order.cancelled', subject: 'order', data: { paidAt: after(-60_000).toISOString() } }],
      payments: [],
    });
  });

  test('a pending order gives back its stock and no money', () => {
    const books = openWith('pending');
    cancel(books, operator);
    expect(books.wallet('buyer')?.balance).toBe(5_000);
    expect(books.entries).toMatchObject({ walletTransactions: [], stockMovements: [{ type: 'RELEASE', quantity: 2 }] });
  });

  test.each([
    ['in its last millisecond is restored', 1, 'AVAILABLE', 1],
    ['at the instant it expires stays used', 0, 'USED', 0],
    ['a millisecond after it expired stays used', -1, 'USED', 0],
  ])('a coupon %s, whether the order was paid or not', (_what, ms, status, lines) => {
    for (const state of ['pending', 'preparing'] as const) {
      const books = openWith(state, { coupon: { expiresAt: after(ms) } });
      cancel(books, user);
      expect(books.issuedCoupon('mine')?.status).toBe(status);
      expect(books.entries.couponHistory).toHaveLength(lines);
    }
  });

  test('a refund may fill the wallet to its limit, and is refused one won beyond', () => {
    const max = defaultRules.walletBalanceMax;
    const fits = openWith('preparing', { balance: max - 2_000 });
    cancel(fits, user);
    expect(fits.wallet('buyer')?.balance).toBe(max);

    for (const actor of [user, operator]) {
      const books = openWith('preparing', { balance: max - 1_999 });
      expectRefusal(books, () => cancel(books, actor), 'BALANCE_LIMIT_EXCEEDED');
    }
  });

  test('an unpaid order is cancelled whatever the balance', () => {
    expect(cancel(openWith('pending', { balance: defaultRules.walletBalanceMax }), user).status).toBe('CANCELLED');
  });

  test('an order that cost nothing is cancelled without a refund', () => {
    const books = openWith('preparing', { coupon: {}, different: { discountAmount: 2_000, totalPrice: 0 } });
    cancel(books, user);
    expect(books.entries).toMatchObject({ walletTransactions: [], stockMovements: [{ type: 'CANCEL' }], couponHistory: [{ action: 'RESTORED' }] });
  });
});

describe('a delivery', () => {
  const steps = ['PREPARING', 'SHIPPING', 'DELIVERED'] as const;
  const cases = (Object.keys(states) as State[]).flatMap((state) => steps.map((next) => [state, next] as const));

  test.each(cases)('of a %s order moved to %s', (state, next) => {
    const books = openWith(state);
    const may = (state === 'preparing' && next === 'SHIPPING') || (state === 'shipping' && next === 'DELIVERED');
    if (!may) return expectRefusal(books, () => decideDelivery(books, 'order', next, operator), 'INVALID_DELIVERY_TRANSITION');

    expect(decideDelivery(books, 'order', next, operator)).toMatchObject({ status: 'SUCCESS', deliveryStatus: next });
    expect(books.entries.orderStatusChanges).toMatchObject([{ status: 'SUCCESS', deliveryStatus: next, changedBy: 'OPERATOR', changedByUserId: 'boss' }]);
    expect(books.entryCount).toBe(1);
  });
});

test('an order that does not exist is neither paid, cancelled nor moved', () => {
  const books = openWith('preparing');
  expectRefusal(books, () => decidePay(books, 'other order', user), 'ORDER_NOT_FOUND');
  expectRefusal(books, () => decideCancel(books, defaultRules, 'other order', user, null), 'ORDER_NOT_FOUND');
  expectRefusal(books, () => decideDelivery(books, 'other order', 'SHIPPING', operator), 'ORDER_NOT_FOUND');
});

describe('an order that was paid at once is told as it was placed', () => {
  const asItWas = openWith('preparing').order('order') as Order;

  test.each(['preparing', 'shipping', 'delivered', 'refunded'] as const)('when it is %s', (state) => {
    expect(asPlaced(openWith(state).order('order') as Order)).toEqual(asItWas);
  });

  test('when it failed, with its reason', () => {
    const failed = openWith('failed').order('order') as Order;
    expect(asPlaced(failed)).toEqual(failed);
  });
});
