import type { Books } from './books.ts';
import type { Won } from './money.ts';
import { Refusal } from './refusal.ts';
import type { Rules } from './rules.ts';

export type WalletTransactionType = 'CHARGE' | 'PAYMENT' | 'REFUND';

export interface Wallet {
  userId: string;
  balance: Won;
}

/** One line of a wallet's history; `balanceBefore` of each line is `balanceAfter` of the one before it. */
export interface WalletTransaction {
  id: string;
  userId: string;
  type: WalletTransactionType;
  /** Signed: what is added to the balance. */
  amount: Won;
  balanceBefore: Won;
  balanceAfter: Won;
  orderId: string | null;
  createdAt: Date;
}

/**
 * Charges a wallet. Takes the amount in won, gives the wallet afterwards. Charging 0 is accepted and writes nothing.
 *
 * Refuses, in this order: VALIDATION_FAILED (not an integer from 0 to the charge limit), USER_NOT_FOUND, BALANCE_LIMIT_EXCEEDED.
 */
export function decideCharge(books: Books, rules: Rules, userId: string, amount: Won): Wallet {
  if (!Number.isSafeInteger(amount) || amount < 0 || amount > rules.walletChargeMax) {
    throw new Refusal('VALIDATION_FAILED', { field: 'amount', minimum: 0, maximum: rules.walletChargeMax });
  }
  const wallet = books.wallet(userId);
  if (!wallet) throw new Refusal('USER_NOT_FOUND');
  if (wallet.balance + amount > rules.walletBalanceMax) {
    throw new Refusal('BALANCE_LIMIT_EXCEEDED', { currentBalance: wallet.balance, maximum: rules.walletBalanceMax });
  }

  // From here it must succeed.
  if (amount > 0) books.changeBalance(userId, 'CHARGE', amount, null);
  return { userId, balance: wallet.balance };
}
