import { decideAdjustStock } from '../domain/product.ts';
import type { Rules } from '../domain/rules.ts';
import type { Caller } from '../domain/user.ts';
import { decideAdjustWallet } from '../domain/wallet.ts';
import type { Decided } from './answers.ts';
import type { Desk } from './desk.ts';
import { guardFor } from './idempotency.ts';
import type { BalanceView } from './views.ts';

export interface Correction {
  /** Signed: what is added. */
  amount: number;
  reason: string;
}

export type AdjustStock = (operator: Caller, variantId: string, correction: Correction, idempotencyKey?: string) => Promise<Decided<{ variantId: string; stock: number }>>;
export type AdjustWallet = (operator: Caller, userId: string, correction: Correction, idempotencyKey?: string) => Promise<Decided<BalanceView>>;

/** Changes stock by a number of units. Refuses what `decideAdjustStock` refuses. */
export function adjustStock(desk: Desk): AdjustStock {
  return (operator, variantId, { amount, reason }, idempotencyKey) =>
    desk.submit({
      needs: { variants: [variantId] },
      guard: guardFor(operator.userId, idempotencyKey, 'adjust-stock', { variantId, amount, reason }),
      decide: (books) => ({ variantId, stock: decideAdjustStock(books, variantId, amount, { operatorId: operator.userId, reason }).stock }),
    });
}

/** Corrects a wallet by an amount in won. Refuses what `decideAdjustWallet` refuses. */
export function adjustWallet(desk: Desk, rules: Rules): AdjustWallet {
  return (operator, userId, { amount, reason }, idempotencyKey) =>
    desk.submit({
      needs: { wallets: [userId] },
      guard: guardFor(operator.userId, idempotencyKey, 'adjust-wallet', { userId, amount, reason }),
      decide: (books) => ({
        userId,
        currentBalance: decideAdjustWallet(books, rules, userId, amount, { operatorId: operator.userId, reason }).balance,
      }),
    });
}
