import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface RevokedSessions {
  add(sessionId: string): void;
  has(sessionId: string): boolean;
  /** Reads what other instances have revoked; called every second. */
  refresh(): Promise<void>;
}

/**
 * The sessions whose access tokens could still be alive although they were revoked. Small, because a token lives for minutes, so
 * every request can ask without touching the database. A session ended through another instance is known here a second later.
 */
export function revokedSessions(db: Db, accessTokenLifeSeconds: number): RevokedSessions {
  let known = new Set<string>();
  // Ended here: a read that began before their commit does not see them yet, so they are kept over two reads.
  let added = new Set<string>();
  let addedBefore = new Set<string>();
  return {
    add(sessionId) {
      known.add(sessionId);
      added.add(sessionId);
    },
    has: (sessionId) => known.has(sessionId),
    async refresh() {
      const rows = await db
        .selectFrom('sessions')
        .select('id')
        .where('revoked_at', '>', sql<Date>`now() - make_interval(secs => ${accessTokenLifeSeconds + 60})`)
        .execute();
      known = new Set([...rows.map(({ id }) => id), ...added, ...addedBefore]);
      addedBefore = added;
      added = new Set();
    },
  };
}
