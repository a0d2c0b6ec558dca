import type { UserStore } from '../../application/ports.ts';
import type { UserView } from '../../application/views.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Role } from '../../domain/user.ts';
import type { Db } from './database.ts';

export function userStore(db: Db): UserStore {
  return {
    async insert({ userId, email, name, phone, role, passwordHash }) {
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .insertInto('users')
          .values({ id: userId, email, name, phone, role, password_hash: passwordHash })
          .onConflict((conflict) => conflict.column('email').doNothing())
          .returningAll()
          .executeTakeFirst();
        if (!row) throw new Refusal('EMAIL_TAKEN');
        await trx.insertInto('wallets').values({ user_id: userId, balance: 0 }).execute();
        return userView(row);
      });
    },

    async find(userId) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst();
      return row && userView(row);
    },

    async findCredentials(email) {
      return db
        .selectFrom('users')
        .select(['id as userId', 'role', 'password_hash as passwordHash'])
        .where('email', '=', email)
        .executeTakeFirst();
    },
  };
}

function userView(row: { id: string; email: string; name: string; phone: string | null; role: Role; created_at: Date }): UserView {
  const { id: userId, email, name, phone, role, created_at: createdAt } = row;
  return { userId, email, name, phone, role, createdAt: createdAt.toISOString() };
}
