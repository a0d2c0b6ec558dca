import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { CouponQueries, Page, PageRequest } from '../../application/ports.ts';
import type { CouponView, IssuedCouponView, Language } from '../../application/views.ts';
import type { IssuedCouponStatus } from '../../domain/coupon.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';
import { idMax } from './ids.ts';

/** Expiry is a fact of time, so the status is computed where it is read. */
export const liveStatus = sql<IssuedCouponStatus>`CASE WHEN i.status = 'AVAILABLE' AND i.expires_at <= now() THEN 'EXPIRED' ELSE i.status END`;
const conditionOf: Record<IssuedCouponStatus, RawBuilder<SqlBool>> = {
  AVAILABLE: sql`(i.status = 'AVAILABLE' AND i.expires_at > now())`,
  USED: sql`i.status = 'USED'`,
  EXPIRED: sql`(i.status = 'AVAILABLE' AND i.expires_at <= now())`,
};

export function couponQueries(db: Db): CouponQueries {
  const coupons = (language: Language) =>
    db.selectFrom('coupons as c').select((select) => [
      'c.id as couponId',
      select.ref(`c.name_${language}`).as('name'),
      'c.discount_type as discountType',
      'c.discount_value as discountValue',
      'c.discount_max as discountMax',
      'c.minimum_order_amount as minimumOrderAmount',
      'c.total_quantity as totalQuantity',
      'c.issued_quantity as issuedQuantity',
      'c.starts_at as startsAt',
      'c.ends_at as endsAt',
      'c.life_days as lifeDays',
    ]);
  type CouponRow = Awaited<ReturnType<ReturnType<typeof coupons>['execute']>>[number];

  const couponView = (row: CouponRow): CouponView => ({
    ...row,
    remainingQuantity: row.totalQuantity - row.issuedQuantity,
    startsAt: row.startsAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
  });

  return {
    async listOpen({ limit, cursor }, language) {
      let query = coupons(language)
        .where('c.ends_at', '>', sql<Date>`now()`)
        .orderBy('c.ends_at')
        .orderBy('c.id')
        .limit(limit + 1);
      if (cursor !== undefined) {
        const [id] = decodeCursor('coupons', cursor, ['uuid']);
        // Where the last one ends is asked of the table: neither a JavaScript date nor a safe integer can tell it for all times.
        query = query.where(sql<boolean>`(c.ends_at, c.id) > (SELECT last.ends_at, last.id FROM coupons last WHERE last.id = ${id})`);
      }
      return pageOf(await query.execute(), limit, couponView, (row) => encodeCursor('coupons', [row.couponId]));
    },

    async find(couponId, language) {
      const row = await coupons(language).where('c.id', '=', couponId).executeTakeFirst();
      return row && couponView(row);
    },

    listIssued: (userId, status, page, language) => listIssuedCoupons(db, { userId, status }, page, language),
  };
}

/** Issued coupons of one user or of everybody, newest first. */
export async function listIssuedCoupons(
  db: Db,
  { userId, status }: { userId?: string | undefined; status?: IssuedCouponStatus | undefined },
  { limit, cursor }: PageRequest,
  language: Language,
): Promise<Page<IssuedCouponView>> {
  const before = cursor === undefined ? idMax : String(decodeCursor('issued-coupons', cursor, ['uuid'])[0]);
  let query = db
    .selectFrom('issued_coupons as i')
    .innerJoin('coupons as c', 'c.id', 'i.coupon_id')
    .select((select) => [
      'i.id as issuedCouponId',
      'i.coupon_id as couponId',
      'i.user_id as userId',
      'i.sequence',
      liveStatus.as('status'),
      'i.issued_at as issuedAt',
      'i.expires_at as expiresAt',
      'i.used_at as usedAt',
      'i.order_id as orderId',
      select.ref(`c.name_${language}`).as('name'),
      'c.discount_type as discountType',
      'c.discount_value as discountValue',
      'c.discount_max as discountMax',
      'c.minimum_order_amount as minimumOrderAmount',
    ])
    .where('i.id', '<', before)
    .orderBy('i.id', 'desc')
    .limit(limit + 1);
  if (userId !== undefined) query = query.where('i.user_id', '=', userId);
  else if (status === 'USED') query = query.where(sql<boolean>`i.id = ANY (ARRAY(${usedCoupons(before, limit + 1)}))`);
  if (status !== undefined) query = query.where(conditionOf[status]);
  const rows = await query.execute();
  type Row = (typeof rows)[number];
  const view = (row: Row): IssuedCouponView => ({
    ...row,
    issuedAt: row.issuedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    usedAt: row.usedAt?.toISOString() ?? null,
  });
  return pageOf(rows, limit, view, (row) => encodeCursor('issued-coupons', [row.issuedCouponId]));
}

/**
 * The used ones among all, newest first. An index of them would have to be changed with each use; that of orders by their coupon grows with
 * the order. The order that the coupon itself names is the one that holds it; those that were cancelled named it earlier.
 */
function usedCoupons(before: string, limit: number): RawBuilder<unknown> {
  return sql`
    SELECT o.issued_coupon_id
    FROM orders o, LATERAL (SELECT FROM issued_coupons u WHERE u.id = o.issued_coupon_id AND u.order_id = o.id OFFSET 0) AS used
    WHERE o.issued_coupon_id < ${before}::uuid ORDER BY o.issued_coupon_id DESC LIMIT ${limit}`;
}
