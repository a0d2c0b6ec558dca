import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { now, openBooks, refusalOf, wallet } from './open-books.ts';

const max = 1_000_000;
const charge = (balance: number, amount: number, rules = defaultRules) => decideCharge(openBooks({ wallets: [wallet(balance)] }), rules, 'buyer', amount);

describe('the amount of a charge', () => {
  test.each([0, 1, max - 1, max])('%d won is accepted', (amount) => {
    expect(charge(0, amount)).toEqual({ userId: 'buyer', balance: amount });
  });

  test.each([-1, -0.5, 0.5, 1.5, max + 1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d won is refused', (amount) => {
    expect(refusalOf(() => charge(0, amount))).toBe('VALIDATION_FAILED');
  });

  test('follows the setting', () => {
    const rules = { ...defaultRules, walletChargeMax: 500 };
    expect(charge(0, 500, rules).balance).toBe(500);
    expect(refusalOf(() => charge(0, 501, rules))).toBe('VALIDATION_FAILED');
  });
});

describe('the limit of the balance', () => {
  test.each([
    [max - 1, 1],
    [0, max],
    [max, 0],
  ])('%d won and %d more is accepted', (balance, amount) => {
    expect(charge(balance, amount).balance).toBe(max);
  });

  test.each([
    [max, 1],
    [max - 1, 2],
    [1, max],
  ])('%d won and %d more is refused', (balance, amount) => {
    expect(refusalOf(() => charge(balance, amount))).toBe('BALANCE_LIMIT_EXCEEDED');
  });

  test('a balance above a limit that was lowered later takes nothing more, but keeps what it has', () => {
    const rules = { ...defaultRules, walletBalanceMax: 500 };
    expect(refusalOf(() => charge(600, 1, rules))).toBe('BALANCE_LIMIT_EXCEEDED');
  });
});

describe('the history', () => {
  test('a charge writes one line with the balance before and after', () => {
    const books = openBooks({ wallets: [wallet(700)] });

    decideCharge(books, defaultRules, 'buyer', 300);

    expect(books.entries.walletTransactions).toEqual([
      expect.objectContaining({ userId: 'buyer', type: 'CHARGE', amount: 300, balanceBefore: 700, balanceAfter: 1_000, orderId: null, createdAt: now }),
    ]);
    expect(books.wallet('buyer')).toEqual({ userId: 'buyer', balance: 1_000 });
  });

  test('the lines of several charges join without a gap', () => {
    const books = openBooks({ wallets: [wallet(0)] });
    for (const amount of [1, 20, 300]) decideCharge(books, defaultRules, 'buyer', amount);

    expect(books.entries.walletTransactions.map(({ balanceBefore, balanceAfter }) => [balanceBefore, balanceAfter])).toEqual([[0, 1], [1, 21], [21, 321]]);
  });

  test('a charge of 0 writes nothing', () => {
    const books = openBooks({ wallets: [wallet(700)] });

    expect(decideCharge(books, defaultRules, 'buyer', 0)).toEqual({ userId: 'buyer', balance: 700 });
    expect(books.entryCount).toBe(0);
  });

  test.each([-1, max, max + 1])('a refused charge of %d writes nothing', (amount) => {
    const books = openBooks({ wallets: [wallet(700)] });

    refusalOf(() => decideCharge(books, defaultRules, 'buyer', amount));

    expect(books.entryCount).toBe(0);
    expect(books.wallet('buyer')).toEqual({ userId: 'buyer', balance: 700 });
  });
});

test('a bad amount is refused before an unknown user, and an unknown user before the limit', () => {
  const books = openBooks({});
  expect(refusalOf(() => decideCharge(books, defaultRules, 'nobody', -1))).toBe('VALIDATION_FAILED');
  expect(refusalOf(() => decideCharge(books, { ...defaultRules, walletBalanceMax: 0 }, 'nobody', 1))).toBe('USER_NOT_FOUND');
});
