import { type RawBuilder, sql } from 'kysely';
import type { TopProducts } from '../../application/ports.ts';
import type { Language, TopProductView } from '../../application/views.ts';
import type { Db } from './database.ts';

/** The window that is asked for when none is named; the one that a snapshot is kept of. */
export const topDaysDefault = 3;
/** As many as can be asked for. */
const positionsMax = 100;
/** Sales of the last moments of a day reach the statistics a little later than they are made. */
const settlingMinutes = 1;

/** A moment to look from; the database's clock where it is left out. */
const at = (now: Date | undefined): RawBuilder<Date> => (now ? sql`${now}::timestamptz` : sql`now()`);

/** 00:00 of the present day in the zone, `days` calendar days earlier. Where a clock change skips 00:00, the first moment of the day. */
const midnight = (now: RawBuilder<Date>, timeZone: string, days = 0): RawBuilder<Date> =>
  sql`((date_trunc('day', ${now} AT TIME ZONE ${timeZone}::text) - make_interval(days => ${days}::int)) AT TIME ZONE ${timeZone}::text)`;
const dayOf = (now: RawBuilder<Date>, timeZone: string): RawBuilder<string> => sql`(${now} AT TIME ZONE ${timeZone}::text)::date`;

/** Sums that move with every sale: whole hours, up to now. */
export function liveTop(db: Db): TopProducts {
  return async (days, limit, language, now) => {
    const from = sql<Date>`date_trunc('hour', ${at(now)} - make_interval(days => ${days}::int), 'UTC')`;
    return ranking(db, soldBetween(from, sql`${at(now)} + interval '1 hour'`), limit, language);
  };
}

/**
 * The best sellers as of the last midnight in the zone. The default window is read from its snapshot, so that later cancellations do not
 * change it; until that is taken, and for other windows, it is summed as of the same moment.
 */
export function dailyTop(db: Db, timeZone: string): TopProducts {
  return async (days, limit, language, now) => {
    const day = dayOf(at(now), timeZone);
    const kept = sql`SELECT product_id, units FROM top_product_snapshots WHERE taken_for = ${day} AND days = ${days}`;
    const rows = await ranking(db, kept, limit, language);
    if (rows.length > 0) return rows;
    return ranking(db, soldBefore(at(now), timeZone, days), limit, language);
  };
}

/**
 * Keeps the best sellers as of the last midnight in the zone, once for each day; gives whether it did. Of several instances the lock
 * lets one do it.
 */
export async function takeTopSnapshot(db: Db, timeZone: string, now?: Date): Promise<boolean> {
  const settled = sql<Date>`(${at(now)} - make_interval(mins => ${settlingMinutes}::int))`;
  const day = dayOf(settled, timeZone);
  return db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtext('top_product_snapshots'))`.execute(trx);
    const { numAffectedRows } = await sql`
      INSERT INTO top_product_snapshots (taken_for, days, position, product_id, units)
      SELECT ${day}, ${topDaysDefault}, row_number() OVER (ORDER BY units DESC, product_id), product_id, units
      FROM (${soldBefore(settled, timeZone, topDaysDefault)}) AS sold
      WHERE NOT EXISTS (SELECT FROM top_product_snapshots WHERE taken_for = ${day} AND days = ${topDaysDefault})
      ORDER BY units DESC, product_id LIMIT ${positionsMax}`.execute(trx);
    return (numAffectedRows ?? 0n) > 0n;
  });
}

/** From midnight to midnight. An hour that has begun before the last one counts for the next day; only zones with half hours have such. */
function soldBefore(now: RawBuilder<Date>, timeZone: string, days: number): RawBuilder<unknown> {
  return soldBetween(midnight(now, timeZone, days), midnight(now, timeZone));
}

/**
 * Units by product in the hours that are over after `from` and, at the latest, at `to`: whole days (UTC) by the sums of days, the hours
 * before and after them one by one.
 */
function soldBetween(from: RawBuilder<Date>, to: RawBuilder<Date>): RawBuilder<unknown> {
  const firstHour = sql`date_trunc('hour', ${from}, 'UTC')`;
  const endHour = sql`date_trunc('hour', ${to}, 'UTC')`;
  const firstDay = sql`least(date_trunc('day', ${firstHour} + interval '23 hours', 'UTC'), ${endHour})`;
  const endDay = sql`greatest(date_trunc('day', ${endHour}, 'UTC'), ${firstDay})`;
  return sql`
    SELECT product_id, sum(units)::bigint AS units FROM (
      SELECT product_id, units FROM product_sales_hourly WHERE hour >= ${firstHour} AND hour < ${firstDay}
      UNION ALL
      SELECT product_id, units FROM product_sales_daily WHERE day >= (${firstDay} AT TIME ZONE 'UTC')::date AND day < (${endDay} AT TIME ZONE 'UTC')::date
      UNION ALL
      SELECT product_id, units FROM product_sales_hourly WHERE hour >= ${endDay} AND hour < ${endHour}
    ) AS parts
    GROUP BY product_id HAVING sum(units) > 0`;
}

/** With the names and prices of today, and only what is on sale. */
async function ranking(db: Db, sold: RawBuilder<unknown>, limit: number, language: Language): Promise<TopProductView[]> {
  const { rows } = await sql<TopProductView>`
    SELECT p.id AS "productId", ${sql.ref(`p.name_${language}`)} AS name, p.base_price AS price, sold.units AS "totalSales"
    FROM (${sold}) AS sold JOIN products p ON p.id = sold.product_id
    WHERE p.status = 'ON_SALE' ORDER BY sold.units DESC, p.id LIMIT ${limit}`.execute(db);
  return rows;
}
