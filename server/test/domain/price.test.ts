import { expect, test } from 'vitest';
import { InvariantBroken } from '../../src/domain/refusal.ts';
import { assertWon, priceMax } from '../../src/domain/money.ts';
import { isPriceAllowed } from '../../src/domain/product.ts';
import { defaultRules } from '../../src/domain/rules.ts';

test.each([100, 200, 9_900, priceMax - 100, priceMax])('a price of %d won is allowed', (price) => {
  expect(isPriceAllowed(price, defaultRules)).toBe(true);
});

test.each([0, -100, 1, 50, 99, 101, 150, 100.5, priceMax + 100, priceMax + 1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
  'a price of %d won is not allowed',
  (price) => {
    expect(isPriceAllowed(price, defaultRules)).toBe(false);
  },
);

test.each([
  [1, 1, true],
  [1, 12_345, true],
  [1_000, 1_000, true],
  [1_000, 100, false],
  [1_000, 1_500, false],
])('with a step of %d won, a price of %d is allowed: %s', (priceStep, price, allowed) => {
  expect(isPriceAllowed(price, { ...defaultRules, priceStep })).toBe(allowed);
});

test('the largest order possible is still exact', () => {
  expect(Number.isSafeInteger(priceMax * 1_000 * 100)).toBe(true);
});

test.each([0.1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is not an amount of money', (amount) => {
  expect(() => assertWon(amount)).toThrow(InvariantBroken);
});
