import type { Won } from './money.ts';

/** The limits of the business. Each is a setting; the defaults are those of the requirements. */
export interface Rules {
  /** Largest balance of a wallet, and largest single charge, in won. */
  walletBalanceMax: Won;
  walletChargeMax: Won;
  /** Prices are multiples of this many won. */
  priceStep: Won;
  /** How long an unpaid order holds its stock and coupon. */
  holdMinutes: number;
}

export const defaultRules: Rules = {
  walletBalanceMax: 1_000_000,
  walletChargeMax: 1_000_000,
  priceStep: 100,
  holdMinutes: 15,
};
