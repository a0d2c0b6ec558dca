import type { Books } from './books.ts';
import type { Won } from './money.ts';
import { Refusal } from './refusal.ts';
import type { Rules } from './rules.ts';

/** ADJUST is an operator's correction, with a reason. */
export type WalletTransactionType = 'CHARGE' | 'PAYMENT' | 'REFUND' | 'ADJUST';

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
  operatorId: string | null;
  reason: string | null;
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
  if (amount > 0) books.changeBalance(userId, 'CHARGE', amount, {});
  return { userId, balance: wallet.balance };
}

/**
 * Corrects a wallet by a signed amount, with a reason. Gives the wallet afterwards.
 *
 * Refuses, in this order: USER_NOT_FOUND, INSUFFICIENT_BALANCE (it would fall below 0), BALANCE_LIMIT_EXCEEDED.
 */
export function decideAdjustWallet(books: Books, rules: Rules, userId: string, amount: Won, by: { operatorId: string; reason: string }): Wallet {
  const wallet = books.wallet(userId);
  if (!wallet) throw new Refusal('USER_NOT_FOUND');
  const { balance } = wallet;
  if (balance + amount < 0) throw new Refusal('INSUFFICIENT_BALANCE', { currentBalance: balance });
  // A correction downwards is always possible, also where the limit was lowered below the balance.
  if (amount > 0 && balance + amount > rules.walletBalanceMax) {
    throw new Refusal('BALANCE_LIMIT_EXCEEDED', { currentBalance: balance, maximum: rules.walletBalanceMax });
  }

  // From here it must succeed.
  if (amount !== 0) books.changeBalance(userId, 'ADJUST', amount, by);
  books.recordOperatorAction({
    operatorId: by.operatorId, action: 'adjust-wallet', subjectType: 'wallet', subjectId: userId, reason: by.reason,
    before: { balance }, after: { balance: wallet.balance },
  });
  return wallet;
}
