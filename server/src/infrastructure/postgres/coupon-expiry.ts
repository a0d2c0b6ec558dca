import { sql } from 'kysely';
import type { Db } from './database.ts';
import { idsAt } from './ids.ts';

/** Coupons in one transaction. */
const couponsMax = 1_000;

/**
 * Writes the EXPIRED line of coupons whose time is over, once each. Only the history needs it: whether a coupon has expired is asked
 * of the time. Used ones are passed over: a cancellation restores only a coupon that is still in date. Several instances divide the
 * rows by SKIP LOCKED. Gives how many it recorded.
 */
export async function recordExpiredCoupons(db: Db): Promise<number> {
  let total = 0;
  for (;;) {
    const { seen, expired } = await recordSome(db);
    total += expired;
    if (seen < couponsMax) return total;
  }
}

function recordSome(db: Db): Promise<{ seen: number; expired: number }> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: string; used: boolean; microseconds: number }>`
      SELECT id, status = 'USED' AS used, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS microseconds
      FROM issued_coupons WHERE NOT expiry_recorded AND expires_at <= now()
      ORDER BY expires_at LIMIT ${couponsMax} FOR NO KEY UPDATE SKIP LOCKED`.execute(trx);
    if (rows.length === 0) return { seen: 0, expired: 0 };
    await sql`UPDATE issued_coupons SET expiry_recorded = true WHERE id = ANY(${rows.map(({ id }) => id)}::uuid[])`.execute(trx);
    const expired = rows.filter(({ used }) => !used).map(({ id }) => id);
    // Lines of a history are in the order of their ids, which come from the database's clock.
    const newId = idsAt(Math.max(...rows.map(({ microseconds }) => microseconds)));
    await sql`
      INSERT INTO coupon_history (issued_coupon_id, id, action, created_at)
      SELECT issued_coupon_id, id, 'EXPIRED', now()
      FROM unnest(${expired}::uuid[], ${expired.map(newId)}::uuid[]) AS expired (issued_coupon_id, id)`.execute(trx);
    return { seen: rows.length, expired: expired.length };
  });
}
