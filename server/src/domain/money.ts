import { assertInvariant } from './refusal.ts';

/**
 * Money is a whole number of the currency's minor unit (KRW has none: 1 is 1 won). A JavaScript number holds it exactly up
 * to 2^53; the largest order possible here (100 variants x 1,000 units x the largest price) stays far below that.
 */
export type Won = number;

/** The largest price of one unit, in won. It bounds every sum of an order to 10^13, well inside 2^53. */
export const priceMax: Won = 100_000_000;

/** Fails loudly on a fraction, NaN or a number too large to be exact. */
export function assertWon(amount: number): void {
  assertInvariant(Number.isSafeInteger(amount), `money must be a safe integer, got ${amount}`);
}
