import { type SqlBool, sql } from 'kysely';
import type { AdminUserQueries } from '../../application/admin-ports.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';
import { containing } from './search-pattern.ts';

/** Never selects the password's hash. */
export function adminUserQueries(db: Db): AdminUserQueries {
  const users = db.selectFrom('users as u').select(['u.id as userId', 'u.email', 'u.name', 'u.phone', 'u.role', 'u.created_at as createdAt']);

  return {
    async list(search, { limit, cursor }) {
      let query = users.orderBy('u.id', 'desc').limit(limit + 1);
      if (search !== undefined) query = query.where(sql<SqlBool>`(u.email ILIKE ${containing(search)} OR u.name ILIKE ${containing(search)})`);
      if (cursor !== undefined) query = query.where('u.id', '<', decodeCursor('admin-users', cursor, ['uuid'])[0] as string);
      return pageOf(
        await query.execute(),
        limit,
        (row) => ({ ...row, createdAt: row.createdAt.toISOString() }),
        ({ userId }) => encodeCursor('admin-users', [userId]),
      );
    },

    async find(userId) {
      const row = await users
        .innerJoin('wallets as w', 'w.user_id', 'u.id')
        .select('w.balance as currentBalance')
        .where('u.id', '=', userId)
        .executeTakeFirst();
      return row && { ...row, createdAt: row.createdAt.toISOString() };
    },
  };
}
