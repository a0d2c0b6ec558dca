import { describe, expect, test } from 'vitest';
import type { Books } from '../../src/domain/books.ts';
import type { OrderLine } from '../../src/domain/order-lines.ts';
import { decideOrder } from '../../src/domain/order.ts';
import { openBooks, refusalOf, variant, wallet } from './open-books.ts';

const rich = 1e12;
const actor = { changedBy: 'USER', userId: 'buyer' } as const;
const order = (books: Books, lines: OrderLine[], userId = 'buyer') => decideOrder(books, { userId, lines, actor });

const mug = variant({ variantId: 'mug', productId: 'mugs', stock: 5_000 });
const red = variant({ variantId: 'red', productId: 'shirts' });
const blue = variant({ variantId: 'blue', productId: 'shirts' });
const books = () => openBooks({ wallets: [wallet(rich)], variants: structuredClone([mug, red, blue]) });

describe('the quantity of a variant', () => {
  test.each([1, 2, 999, 1_000])('%d is accepted', (quantity) => {
    expect(order(books(), [{ productId: 'mugs', quantity }])).toMatchObject({ status: 'SUCCESS', itemsPrice: quantity * 1_000 });
  });

  test.each([0, -1, 1.5, 1_001, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (quantity) => {
    expect(refusalOf(() => order(books(), [{ productId: 'mugs', quantity }]))).toBe('INVALID_QUANTITY');
  });

  test.each([
    [500, 500, 'SUCCESS'],
    [999, 1, 'SUCCESS'],
  ])('%d and %d more in a repeated line are one item', (first, second, status) => {
    const placed = order(books(), [{ productId: 'mugs', quantity: first }, { productId: 'mugs', variantId: 'mug', quantity: second }]);

    expect(placed).toMatchObject({ status, items: [{ variantId: 'mug', quantity: first + second }] });
  });

  test.each([
    [1_000, 1],
    [501, 500],
    [0, 1],
    [3, -1],
    [0.5, 0.5],
  ])('%d and %d more in a repeated line are refused', (first, second) => {
    const lines = [first, second].map((quantity) => ({ productId: 'mugs', quantity }));
    expect(refusalOf(() => order(books(), lines))).toBe('INVALID_QUANTITY');
  });
});

const many = (count: number) => {
  const variants = Array.from({ length: count }, (_, n) => variant({ variantId: `v${n}`, productId: `p${n}` }));
  return { books: openBooks({ wallets: [wallet(rich)], variants }), lines: variants.map(({ productId }) => ({ productId, quantity: 1 })) };
};

describe('the number of variants', () => {
  test.each([1, 99, 100])('%d are accepted', (count) => {
    const { books: given, lines } = many(count);
    expect(order(given, lines).items).toHaveLength(count);
  });

  test.each([0, 101])('%d are refused', (count) => {
    const { books: given, lines } = many(count);
    expect(refusalOf(() => order(given, lines))).toBe('TOO_MANY_ITEMS');
  });

  test('100 variants in 300 lines are accepted', () => {
    const { books: given, lines } = many(100);
    expect(order(given, [...lines, ...lines, ...lines]).items).toHaveLength(100);
  });
});

describe('which variant is meant', () => {
  test.each([
    ['a product that does not exist', { productId: 'hats' }, 'PRODUCT_NOT_FOUND'],
    ['a variant that does not exist', { productId: 'mugs', variantId: 'green' }, 'VARIANT_NOT_FOUND'],
    ['a variant of another product', { productId: 'mugs', variantId: 'red' }, 'VARIANT_NOT_FOUND'],
    ['a product with several variants', { productId: 'shirts' }, 'VARIANT_REQUIRED'],
  ])('%s is refused, before its quantity is looked at', (_what, line, code) => {
    expect(refusalOf(() => order(books(), [{ ...line, quantity: 0 }]))).toBe(code);
  });

  test('items stand in the order in which they were first named, each at its own price', () => {
    const given = openBooks({ wallets: [wallet(rich)], variants: [mug, { ...red, price: 1_500 }, blue].map((each) => ({ ...each })) });

    const placed = order(given, [
      { productId: 'shirts', variantId: 'blue', quantity: 1 },
      { productId: 'mugs', quantity: 2 },
      { productId: 'shirts', variantId: 'red', quantity: 1 },
      { productId: 'shirts', variantId: 'blue', quantity: 3 },
    ]);

    expect(placed.items).toEqual([
      { productId: 'shirts', variantId: 'blue', quantity: 4, unitPrice: 1_000 },
      { productId: 'mugs', variantId: 'mug', quantity: 2, unitPrice: 1_000 },
      { productId: 'shirts', variantId: 'red', quantity: 1, unitPrice: 1_500 },
    ]);
    expect(placed.totalPrice).toBe(4_000 + 2_000 + 1_500);
  });
});

test('a refused order leaves the books as they were, whatever it was refused for', () => {
  for (const [userId, lines] of [
    ['nobody', [{ productId: 'hats', quantity: 0 }]],
    ['buyer', []],
    ['buyer', [{ productId: 'mugs', quantity: 1 }, { productId: 'shirts', quantity: 1 }]],
    ['buyer', [{ productId: 'mugs', quantity: 1 }, { productId: 'mugs', quantity: 1_000 }]],
  ] as const) {
    const given = books();
    refusalOf(() => order(given, [...lines], userId));
    expect(given.entryCount).toBe(0);
    expect([given.wallet('buyer')?.balance, given.variant('mug')?.stock]).toEqual([rich, 5_000]);
  }
});

test('an unknown user is refused before anything else', () => {
  expect(refusalOf(() => order(books(), [{ productId: 'hats', quantity: 0 }], 'nobody'))).toBe('USER_NOT_FOUND');
});
