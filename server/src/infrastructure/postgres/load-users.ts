import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { noPassword } from '../passwords.ts';
import type { Db } from './database.ts';

const rowsPerStatement = 5_000;

/**
 * Makes customers for a load test, each with a wallet that holds `balance` won and the charge that put it there. Nobody can log in as
 * them. Gives their ids; `onProgress` is told how many there are so far.
 */
export async function loadUsers(db: Db, count: number, balance: number, onProgress: (done: number) => void): Promise<string[]> {
  const userIds: string[] = [];
  while (userIds.length < count) {
    const ids = Array.from({ length: Math.min(rowsPerStatement, count - userIds.length) }, () => uuidv7());
    await db.transaction().execute(async (trx) => {
      await sql`
        INSERT INTO users (id, email, name, role, password_hash)
        SELECT id, 'buyer-' || id || '@load.openrun.example', 'Load buyer', 'customer', ${noPassword} FROM unnest(${ids}::uuid[]) AS id`.execute(trx);
      await sql`INSERT INTO wallets (user_id, balance) SELECT id, ${balance} FROM unnest(${ids}::uuid[]) AS id`.execute(trx);
      if (balance === 0) return;
      const transactionIds = ids.map(() => uuidv7());
      await sql`
        INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, created_at)
        SELECT user_id, id, 'CHARGE', ${balance}::bigint, 0, ${balance}::bigint, now()
        FROM unnest(${ids}::uuid[], ${transactionIds}::uuid[]) AS t (user_id, id)`.execute(trx);
    });
    userIds.push(...ids);
    onProgress(userIds.length);
  }
  // The planner does not know the new rows yet, and automatic statistics may come a minute too late.
  await sql`ANALYZE users, wallets, wallet_transactions`.execute(db);
  return userIds;
}
