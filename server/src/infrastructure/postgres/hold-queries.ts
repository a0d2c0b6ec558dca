import { sql } from 'kysely';
import type { HoldQueries } from '../../application/ports.ts';
import type { Db } from './database.ts';

export function holdQueries(db: Db): HoldQueries {
  return {
    async findEnded(limit) {
      const rows = await db
        .selectFrom('orders')
        .select('id')
        .where('status', '=', 'PENDING')
        .where('hold_expires_at', '<=', sql<Date>`now()`)
        .orderBy('hold_expires_at')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}
