import type { WalletQueries } from '../../application/ports.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';

const cursorKind = 'wallet-transactions';

export function walletQueries(db: Db): WalletQueries {
  return {
    async findBalance(userId) {
      const row = await db.selectFrom('wallets').select('balance').where('user_id', '=', userId).executeTakeFirst();
      return row && { userId, currentBalance: row.balance };
    },

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
