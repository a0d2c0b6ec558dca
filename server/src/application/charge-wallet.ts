import type { Rules } from '../domain/rules.ts';
import type { Caller } from '../domain/user.ts';
import { decideCharge } from '../domain/wallet.ts';
import type { Decided } from './answers.ts';
import type { Desk } from './desk.ts';
import { actingFor, recordForUser } from './acting-for.ts';
import { guardFor } from './idempotency.ts';
import type { BalanceView } from './views.ts';

export interface ChargeRequest {
  userId?: string | undefined;
  /** Won, from 0 to the charge limit. */
  amount: number;
}

export type ChargeWallet = (caller: Caller, request: ChargeRequest, idempotencyKey?: string) => Promise<Decided<BalanceView>>;

/** Adds to a wallet. Refuses FORBIDDEN for another's wallet, and what `decideCharge` refuses. */
export function chargeWallet(desk: Desk, rules: Rules): ChargeWallet {
  return async (caller, request, idempotencyKey) => {
    const { userId, actor } = actingFor(caller, request.userId);
    const command = { userId, amount: request.amount };
    return desk.submit({
      needs: { wallets: [userId] },
      guard: guardFor(caller.userId, idempotencyKey, 'charge-wallet', command),
      decide: (books) => {
        const balance = books.wallet(userId)?.balance;
        const { balance: currentBalance } = decideCharge(books, rules, userId, command.amount);
        recordForUser(books, actor, 'charge-wallet', 'wallet', userId, { balance }, { balance: currentBalance });
        return { userId, currentBalance };
      },
    });
  };
}
