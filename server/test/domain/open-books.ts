import { Books, type LockedRows } from '../../src/domain/books.ts';
import type { Variant } from '../../src/domain/product.ts';
import { Refusal, type RefusalCode } from '../../src/domain/refusal.ts';
import type { Wallet } from '../../src/domain/wallet.ts';

export const now = new Date('2026-11-11T01:00:00.000Z');

/** Books at `now` on the given rows, with ids that count up. */
export function openBooks(rows: Partial<LockedRows>): Books {
  let last = 0;
  return new Books(now, () => `id-${String((last += 1)).padStart(4, '0')}`, rows);
}

export const wallet = (balance: number, userId = 'buyer'): Wallet => ({ userId, balance });

/** A variant on sale that costs 1,000 won and has 10 units, unless said otherwise. */
export function variant(different: Partial<Variant> & { variantId: string }): Variant {
  return { productId: `product of ${different.variantId}`, productStatus: 'ON_SALE', price: 1_000, stock: 10, ...different };
}

/** The code with which something refuses; anything else that it throws is thrown on, and so is that it did not refuse. */
export function refusalOf(work: () => unknown): RefusalCode {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  throw new Error('it was not refused');
}
