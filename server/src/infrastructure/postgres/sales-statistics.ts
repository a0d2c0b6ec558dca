import { sql } from 'kysely';
import type { Db } from './database.ts';

const reader = 'sales-statistics';

/**
 * Folds the outbox into units and revenue per product and hour. The sums and the reader's position move in one transaction, so each
 * event is counted exactly once, also across crashes; the reader's row lock lets one instance fold at a time.
 *
 * Each fold writes a row for each product that was sold, so however many instances there are, one of them folds for all: nothing is read
 * within `restMs` milliseconds after the last fold of any. A last fold in the future means that the clock was set back, and does not count.
 *
 * Gives how many events it read; 0 when there was nothing, another instance is at it, or it rests.
 */
export async function foldSales(db: Db, restMs = 0): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const position = await trx
      .selectFrom('outbox_readers')
      .select('next_transaction_id as from')
      .where('reader', '=', reader)
      .where(sql<boolean>`updated_at NOT BETWEEN now() - ${restMs} * interval '1 millisecond' AND now()`)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (!position) return 0;

    // Everything below the oldest transaction still running is there for good: no later commit can slip in behind the reader. Nor does the
    // reader go back, where it has been set beyond that one.
    const { rows } = await sql<{ until: string; events: number }>`
      WITH horizon AS (SELECT greatest(pg_snapshot_xmin(pg_current_snapshot()), ${position.from}::xid8) AS until),
      events AS MATERIALIZED (
        SELECT type, data FROM outbox, horizon
        WHERE transaction_id >= ${position.from}::xid8 AND transaction_id < horizon.until
      ),
      sold AS (
        SELECT date_trunc('hour', (data->>'paidAt')::timestamptz, 'UTC') AS hour, item."productId" AS product_id,
               sum(sign * item.quantity) AS units, sum(sign * item.quantity * item."unitPrice") AS revenue
        FROM events
          -- A cancellation takes back what the payment counted, in the same hour; an order that was never paid counted nothing.
          JOIN (VALUES ('openrun.order.paid', 1), ('openrun.order.cancelled', -1)) AS counted (type, sign) USING (type),
          jsonb_to_recordset(data->'items') AS item ("productId" uuid, quantity bigint, "unitPrice" bigint)
        WHERE data->>'paidAt' IS NOT NULL
        GROUP BY 1, 2
      ),
      folded AS (
        INSERT INTO product_sales_hourly AS s (hour, product_id, units, revenue)
        SELECT hour, product_id, units, revenue FROM sold ORDER BY hour, product_id
        ON CONFLICT (hour, product_id) DO UPDATE SET units = s.units + excluded.units, revenue = s.revenue + excluded.revenue
      )
      SELECT until::text, (SELECT count(*) FROM events) AS events FROM horizon`.execute(trx);
    const [{ until, events } = { until: position.from, events: 0 }] = rows;
    if (until !== position.from) {
      await trx
        .updateTable('outbox_readers')
        .set({ next_transaction_id: until, updated_at: sql`now()` })
        .where('reader', '=', reader)
        .execute();
    }
    return events;
  });
}
