import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Rows in one deletion: small enough that no statement holds its locks for long. */
const rowsMax = 5_000;

/**
 * Deletes some of what nobody can ask for any more: idempotency keys after their 24 hours, sessions that ended a week ago, outbox events that
 * every reader passed a week ago. Gives whether there may be more. Safe to run in several instances at once: each takes the rows that
 * no other has.
 */
export async function removeExpired(db: Db): Promise<boolean> {
  const keys = await sql`
    DELETE FROM idempotency_keys WHERE (caller_id, key) IN (
      SELECT caller_id, key FROM idempotency_keys WHERE created_at < now() - interval '24 hours'
      LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED)`.execute(db);
  const sessions = await sql`
    DELETE FROM sessions WHERE id IN (
      SELECT id FROM sessions WHERE expires_at < now() - interval '7 days'
      LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED)`.execute(db);
  // The oldest come first in the key, so only the head of the table is looked at, however long it is.
  const events = await sql`
    DELETE FROM outbox WHERE (transaction_id, position) IN (
      SELECT transaction_id, position FROM (
        SELECT transaction_id, position, created_at FROM outbox
        WHERE transaction_id < (SELECT min(next_transaction_id) FROM outbox_readers)
        ORDER BY transaction_id, position LIMIT ${rowsMax}
      ) AS oldest WHERE created_at < now() - interval '7 days')`.execute(db);
  return [keys, sessions, events].some(({ numAffectedRows }) => numAffectedRows === BigInt(rowsMax));
}
