import { sql } from 'kysely';
import type { Db } from './database.ts';

/**
 * After a dump was restored into another cluster, the outbox has transaction ids of the old one. Where those lie in the future of this
 * cluster, its readers would wait for them for a very long time. Such rows are moved to ids long past: what was read stays read, what was
 * not is read next. Does nothing, and reads only two index entries, on any other start.
 */
export async function adoptRestoredOutbox(db: Db): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ foreign: boolean }>`
      SELECT greatest((SELECT max(transaction_id) FROM outbox), (SELECT max(next_transaction_id) FROM outbox_readers))
             > pg_snapshot_xmax(pg_current_snapshot()) AS foreign`.execute(trx);
    if (!rows[0]?.foreign) return;
    await sql`SELECT reader FROM outbox_readers ORDER BY reader FOR UPDATE`.execute(trx);
    // One reader has read up to its position; with several, the one that is furthest behind decides, and drops the repeats by event id.
    await sql`
      UPDATE outbox SET transaction_id = CASE WHEN transaction_id < (SELECT min(next_transaction_id) FROM outbox_readers) THEN '1' ELSE '2' END::xid8`.execute(trx);
    await sql`UPDATE outbox_readers SET next_transaction_id = '2', updated_at = now()`.execute(trx);
  });
}
