import { type RawBuilder, sql } from 'kysely';
import { type TopProducts, topPositionsMax } from '../../application/ports.ts';
import type { Language, TopProductView } from '../../application/views.ts';
import { assertInvariant } from '../../domain/refusal.ts';
import type { Db } from './database.ts';

/** The window that is asked for when none is named; the one that a snapshot is kept of. */
export const topDaysDefault = 3;
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
    const window = await windowOf(db, from, sql`${at(now)} + interval '1 hour'`);
    return ranking(db, soldIn(window), limit, language);
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
    return ranking(db, soldIn(await windowBefore(db, at(now), timeZone, days)), limit, language);
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
    const window = await windowBefore(trx, settled, timeZone, topDaysDefault);
    const { numAffectedRows } = await sql`
      INSERT INTO top_product_snapshots (taken_for, days, position, product_id, units)
      SELECT ${day}, ${topDaysDefault}, row_number() OVER (ORDER BY units DESC, product_id), product_id, units
      FROM (${soldIn(window)}) AS sold
      WHERE NOT EXISTS (SELECT FROM top_product_snapshots WHERE taken_for = ${day} AND days = ${topDaysDefault})
      ORDER BY units DESC, product_id LIMIT ${topPositionsMax}`.execute(trx);
    return (numAffectedRows ?? 0n) > 0n;
  });
}

/** Whole hours, in it whole days (UTC): from `firstHour` to before `firstDay` by hours, to before `endDay` by days, to before `endHour` by hours. */
interface Window {
  firstHour: Date;
  firstDay: Date;
  endDay: Date;
  endHour: Date;
}

/** From midnight to midnight. An hour that has begun before the last one counts for the next day; only zones with half hours have such. */
function windowBefore(db: Db, now: RawBuilder<Date>, timeZone: string, days: number): Promise<Window> {
  return windowOf(db, midnight(now, timeZone, days), midnight(now, timeZone));
}

/**
 * The hours that are over after `from` and, at the latest, at `to`. Asked for by itself, so that PostgreSQL plans the sum for these very
 * times, and does not work them out for each row.
 */
async function windowOf(db: Db, from: RawBuilder<Date>, to: RawBuilder<Date>): Promise<Window> {
  const { rows } = await sql<Window>`
    SELECT "firstHour", "firstDay", greatest(date_trunc('day', "endHour", 'UTC'), "firstDay") AS "endDay", "endHour"
    FROM (SELECT date_trunc('hour', ${from}, 'UTC') AS "firstHour", date_trunc('hour', ${to}, 'UTC') AS "endHour") AS hours,
         LATERAL (SELECT least(date_trunc('day', "firstHour" + interval '23 hours', 'UTC'), "endHour") AS "firstDay") AS days`.execute(db);
  const [window] = rows;
  assertInvariant(window !== undefined, 'a window has no bounds');
  return window;
}

const dayOfUtc = (time: Date) => time.toISOString().slice(0, 10);

/** Units by product. */
function soldIn({ firstHour, firstDay, endDay, endHour }: Window): RawBuilder<unknown> {
  return sql`
    SELECT product_id, sum(units)::bigint AS units FROM (
      SELECT product_id, units FROM product_sales_hourly WHERE hour >= ${firstHour} AND hour < ${firstDay}
      UNION ALL
      SELECT product_id, units FROM product_sales_daily WHERE day >= ${dayOfUtc(firstDay)} AND day < ${dayOfUtc(endDay)}
      UNION ALL
      SELECT product_id, units FROM product_sales_hourly WHERE hour >= ${endDay} AND hour < ${endHour}
    ) AS parts
    GROUP BY product_id HAVING sum(units) > 0`;
}

/** With the names and prices of today, and only what is on sale. Already in order, products are looked up only until there are enough. */
async function ranking(db: Db, sold: RawBuilder<unknown>, limit: number, language: Language): Promise<TopProductView[]> {
  const { rows } = await sql<TopProductView>`
    SELECT p.id AS "productId", ${sql.ref(`p.name_${language}`)} AS name, p.base_price AS price, sold.units AS "totalSales"
    FROM (${sold} ORDER BY units DESC, product_id) AS sold JOIN products p ON p.id = sold.product_id
    WHERE p.status = 'ON_SALE' ORDER BY sold.units DESC, sold.product_id LIMIT ${limit}`.execute(db);
  return rows;
}
