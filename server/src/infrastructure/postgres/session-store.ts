import { type Transaction, sql } from 'kysely';
import type { SessionStore } from '../../application/ports.ts';
import type { Db } from './database.ts';
import type { RevokedSessions } from './revoked-sessions.ts';
import type { Tables } from './schema.ts';

export function sessionStore(db: Db, revoked: RevokedSessions): SessionStore {
  async function revokeSession(handle: Db | Transaction<Tables>, sessionId: string): Promise<void> {
    await handle
      .updateTable('sessions')
      .set({ revoked_at: sql`now()` })
      .where('id', '=', sessionId)
      .where('revoked_at', 'is', null)
      .execute();
    revoked.add(sessionId);
  }

  return {
    async insert({ sessionId, userId, refreshTokenHash, lifeDays }) {
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('sessions')
          .values({ id: sessionId, user_id: userId, expires_at: sql`now() + make_interval(days => ${lifeDays})` })
          .execute();
        await trx.insertInto('refresh_tokens').values({ token_hash: refreshTokenHash, session_id: sessionId }).execute();
      });
    },

    async rotate(refreshTokenHash, nextHash) {
      return db.transaction().execute(async (trx) => {
        const session = await lockSessionOf(trx, refreshTokenHash);
        if (!session || session.ended) return undefined;
        // Under the session's lock, so of two uses of one token exactly one is the first.
        const used = await trx
          .updateTable('refresh_tokens')
          .set({ used_at: sql`now()` })
          .where('token_hash', '=', refreshTokenHash)
          .where('used_at', 'is', null)
          .executeTakeFirst();
        if (used.numUpdatedRows === 0n) {
          await revokeSession(trx, session.sessionId);
          return undefined;
        }
        await trx.insertInto('refresh_tokens').values({ token_hash: nextHash, session_id: session.sessionId }).execute();
        return session;
      });
    },

    async revokeByToken(refreshTokenHash) {
      const token = await db
        .selectFrom('refresh_tokens')
        .select('session_id')
        .where('token_hash', '=', refreshTokenHash)
        .executeTakeFirst();
      if (token) await revokeSession(db, token.session_id);
    },

    revoke: (sessionId) => revokeSession(db, sessionId),
  };
}

/** The token's session never changes, so only the session itself is locked. */
async function lockSessionOf(trx: Transaction<Tables>, refreshTokenHash: Buffer) {
  return trx
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select([
      's.id as sessionId',
      's.user_id as userId',
      'u.role',
      sql<boolean>`s.revoked_at IS NOT NULL OR s.expires_at <= now()`.as('ended'),
    ])
    .where('s.id', '=', (select) =>
      select.selectFrom('refresh_tokens').select('session_id').where('token_hash', '=', refreshTokenHash),
    )
    .forUpdate('s')
    .executeTakeFirst();
}
