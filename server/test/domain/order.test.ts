import { describe, expect, test } from 'vitest';
import type { Books } from '../../src/domain/books.ts';
import { decideOrder } from '../../src/domain/order.ts';
import type { Variant } from '../../src/domain/product.ts';
import { now, openBooks, variant, wallet } from './open-books.ts';

const actor = { changedBy: 'USER', userId: 'buyer' } as const;

function buyMugs(quantity: number, { balance = 10_000, ...different }: Partial<Variant> & { balance?: number } = {}) {
  const books = openBooks({ wallets: [wallet(balance)], variants: [variant({ variantId: 'mug', productId: 'mugs', ...different })] });
  return { books, order: decideOrder(books, { userId: 'buyer', lines: [{ productId: 'mugs', quantity }], actor }) };
}

/** How many lines were written, list by list. */
function written({ entries }: Books): Record<string, number> {
  const counts = Object.entries(entries).map(([list, lines]) => [list, 'size' in lines ? lines.size : lines.length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

describe('an order that succeeds', () => {
  const { books, order } = buyMugs(3);

  test('is paid in full and prepared for delivery', () => {
    expect(order).toMatchObject({
      userId: 'buyer', status: 'SUCCESS', deliveryStatus: 'PREPARING', itemsPrice: 3_000, discountAmount: 0, totalPrice: 3_000,
      failureReason: null, createdAt: now, paidAt: now,
      items: [{ productId: 'mugs', variantId: 'mug', quantity: 3, unitPrice: 1_000 }],
    });
  });

  test('takes exactly its units and its price, and writes down both', () => {
    const { orderId } = order;
    expect(books.entries.stockMovements).toEqual([
      expect.objectContaining({ variantId: 'mug', type: 'SALE', quantity: -3, stockBefore: 10, stockAfter: 7, orderId, operatorId: null }),
    ]);
    expect(books.entries.walletTransactions).toEqual([
      expect.objectContaining({ userId: 'buyer', type: 'PAYMENT', amount: -3_000, balanceBefore: 10_000, balanceAfter: 7_000, orderId }),
    ]);
  });

  test('writes one status, one payment and one event', () => {
    const { orderId } = order;
    expect(books.entries.orderStatusChanges).toEqual([
      expect.objectContaining({ orderId, status: 'SUCCESS', deliveryStatus: 'PREPARING', reason: null, changedBy: 'USER', changedByUserId: 'buyer' }),
    ]);
    expect(books.entries.payments).toEqual([expect.objectContaining({ orderId, status: 'SUCCESS', amount: 3_000, failureReason: null })]);
    expect(books.entries.events).toEqual([
      expect.objectContaining({
        type: 'openrun.order.paid',
        subject: orderId,
        data: expect.objectContaining({ orderId, userId: 'buyer', totalPrice: 3_000, paidAt: now.toISOString(), failureReason: null, items: order.items }),
      }),
    ]);
  });

  test('takes the last unit and the last won', () => {
    const last = buyMugs(10, { balance: 10_000 });
    expect(last.order.status).toBe('SUCCESS');
    expect([last.books.variant('mug')?.stock, last.books.wallet('buyer')?.balance]).toEqual([0, 0]);
  });
});

describe('an order that fails', () => {
  test.each([
    ['suspended, sold out and too dear', { productStatus: 'SUSPENDED', stock: 0, balance: 0 }, 'PRODUCT_NOT_ON_SALE'],
    ['suspended', { productStatus: 'SUSPENDED' }, 'PRODUCT_NOT_ON_SALE'],
    ['sold out and too dear', { stock: 0, balance: 0 }, 'OUT_OF_STOCK'],
    ['one unit short', { stock: 2 }, 'OUT_OF_STOCK'],
    ['one won short', { balance: 2_999 }, 'INSUFFICIENT_BALANCE'],
  ] as const)('%s: it is kept with its reason and changes neither stock nor balance', (_what, different, failureReason) => {
    const { books, order } = buyMugs(3, different);
    const { balance = 10_000, stock = 10 } = different as { balance?: number; stock?: number };

    expect(order).toMatchObject({ status: 'FAILED', failureReason, deliveryStatus: null, paidAt: null, totalPrice: 3_000 });
    expect([books.wallet('buyer')?.balance, books.variant('mug')?.stock]).toEqual([balance, stock]);
    expect(written(books)).toEqual({ newOrders: 1, orderStatusChanges: 1, payments: 1, events: 1 });
    expect(books.entries.payments[0]).toMatchObject({ status: 'FAILED', failureReason, amount: 3_000 });
    expect(books.entries.orderStatusChanges[0]).toMatchObject({ status: 'FAILED', reason: failureReason });
    expect(books.entries.events[0]).toMatchObject({ type: 'openrun.order.failed', data: { paidAt: null, failureReason } });
  });

  test('of two products one is sold out: the other is not taken either', () => {
    const books = openBooks({ wallets: [wallet(10_000)], variants: [variant({ variantId: 'a' }), variant({ variantId: 'b', stock: 0 })] });
    const lines = ['a', 'b'].map((variantId) => ({ productId: `product of ${variantId}`, variantId, quantity: 1 }));

    expect(decideOrder(books, { userId: 'buyer', lines, actor }).failureReason).toBe('OUT_OF_STOCK');
    expect(books.variant('a')?.stock).toBe(10);
  });
});

test('orders decided one after another see what those before them left', () => {
  const books = openBooks({ wallets: [wallet(5_000), wallet(5_000, 'other')], variants: [variant({ variantId: 'mug', productId: 'mugs', stock: 3 })] });
  const lines = [{ productId: 'mugs', quantity: 2 }];

  const orders = ['buyer', 'other', 'buyer'].map((userId) => decideOrder(books, { userId, lines, actor: { changedBy: 'USER', userId } }));

  expect(orders.map(({ status }) => status)).toEqual(['SUCCESS', 'FAILED', 'FAILED']);
  expect(books.variant('mug')?.stock).toBe(1);
  expect(books.wallet('other')?.balance).toBe(5_000);
});

test('an order placed by an operator says so in its history', () => {
  const books = openBooks({ wallets: [wallet(5_000)], variants: [variant({ variantId: 'mug', productId: 'mugs' })] });

  decideOrder(books, { userId: 'buyer', lines: [{ productId: 'mugs', quantity: 1 }], actor: { changedBy: 'OPERATOR', userId: 'boss' } });

  expect(books.entries.orderStatusChanges).toEqual([expect.objectContaining({ changedBy: 'OPERATOR', changedByUserId: 'boss' })]);
});
