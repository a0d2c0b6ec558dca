import type { WalletQueries } from '../../application/ports.ts';
import type { BalanceView } from '../../application/views.ts';
import { batchedReads } from '../shared-reads.ts';
import { arrayParameter } from './array-parameters.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Database } from './database.ts';
import { queryPrepared } from './driver-query.ts';

const cursorKind = 'wallet-transactions';

export function walletQueries({ db, pool }: Pick<Database, 'db' | 'pool'>): WalletQueries {
  return {
    findBalance: batchedReads(async (userIds) => {
      const text = 'SELECT user_id AS "userId", balance AS "currentBalance" FROM wallets WHERE user_id = ANY($1::uuid[])';
      const rows = await queryPrepared<BalanceView>(pool, { name: 'find-balances', text, values: [arrayParameter('uuid', userIds)] });
      return new Map(rows.map((balance) => [balance.userId, balance]));
    }),

    async history(userId, { limit, cursor }) {
      let query = db
        .selectFrom('wallet_transactions')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where('id', '<', decodeCursor(cursorKind, cursor, ['uuid'])[0] as string);
      return pageOf(
        await query.execute(),
        limit,
        (row) => ({
          transactionId: row.id,
          type: row.type,
          amount: row.amount,
          balanceBefore: row.balance_before,
          balanceAfter: row.balance_after,
          orderId: row.order_id,
          reason: row.reason,
          createdAt: row.created_at.toISOString(),
        }),
        (row) => encodeCursor(cursorKind, [row.id]),
      );
    },
  };
}
