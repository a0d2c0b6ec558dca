import { expect, test } from 'vitest';
import { InvariantBroken } from '../../src/domain/refusal.ts';
import { openBooks, variant, wallet } from './open-books.ts';

test('a balance cannot be taken below 0', () => {
  const books = openBooks({ wallets: [wallet(100)] });

  expect(() => books.changeBalance('buyer', 'PAYMENT', -101, {})).toThrow(InvariantBroken);
  expect(books.entryCount).toBe(0);
  books.changeBalance('buyer', 'PAYMENT', -100, {});
  expect(books.wallet('buyer')?.balance).toBe(0);
});

test('stock cannot be taken below 0', () => {
  const books = openBooks({ variants: [variant({ variantId: 'mug', stock: 2 })] });

  expect(() => books.changeStock('mug', 'SALE', -3, {})).toThrow(InvariantBroken);
  expect(books.entryCount).toBe(0);
  books.changeStock('mug', 'SALE', -2, {});
  expect(books.variant('mug')?.stock).toBe(0);
});

test('nothing can be written about a row that is not locked', () => {
  const books = openBooks({});

  expect(() => books.changeBalance('buyer', 'CHARGE', 1, {})).toThrow(InvariantBroken);
  expect(() => books.changeStock('mug', 'SALE', -1, {})).toThrow(InvariantBroken);
  expect(books.entryCount).toBe(0);
});

test('money is never a fraction', () => {
  const books = openBooks({ wallets: [wallet(100)] });

  expect(() => books.changeBalance('buyer', 'CHARGE', 0.5, {})).toThrow(InvariantBroken);
  expect(books.wallet('buyer')?.balance).toBe(100);
});
