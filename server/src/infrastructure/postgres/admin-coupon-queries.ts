import type { Pool } from 'pg';
import { sql } from 'kysely';
import type { AdminCouponQueries } from '../../application/admin-ports.ts';
import { adminCouponView } from '../../application/admin-views.ts';
import type { Campaign } from '../../domain/campaign.ts';
import { campaignColumns, findCampaign } from './campaign-tables.ts';
import { listIssuedCoupons, liveStatus } from './coupon-queries.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';
import { idMax } from './ids.ts';

export function adminCouponQueries(db: Db, pool: Pool): AdminCouponQueries {
  return {
    async list({ limit, cursor }) {
      const before = cursor === undefined ? idMax : decodeCursor('admin-coupons', cursor, ['uuid'])[0];
      const { rows } = await sql<Campaign>`
        SELECT ${sql.raw(campaignColumns)} FROM coupons c WHERE c.id < ${before} ORDER BY c.id DESC LIMIT ${limit + 1}`.execute(db);
      return pageOf(rows, limit, adminCouponView, ({ couponId }) => encodeCursor('admin-coupons', [couponId]));
    },

    async find(couponId) {
      const campaign = await findCampaign(pool, couponId);
      return campaign && adminCouponView(campaign);
    },

    async listIssued(couponId, { limit, cursor }) {
      const [after] = cursor === undefined ? [0] : decodeCursor('issued-of-coupon', cursor, ['number']);
      const rows = await db
        .selectFrom('issued_coupons as i')
        .select([
          'i.id as issuedCouponId',
          'i.coupon_id as couponId',
          'i.user_id as userId',
          'i.sequence',
          liveStatus.as('status'),
          'i.issued_at as issuedAt',
          'i.expires_at as expiresAt',
        ])
        .where('i.coupon_id', '=', couponId)
        .where(sql<boolean>`i.sequence > ${after}::bigint`)
        .orderBy('i.sequence')
        .limit(limit + 1)
        .execute();
      return pageOf(
        rows,
        limit,
        (row) => ({ ...row, issuedAt: row.issuedAt.toISOString(), expiresAt: row.expiresAt.toISOString() }),
        ({ sequence }) => encodeCursor('issued-of-coupon', [sequence]),
      );
    },

    searchIssued: (filter, page, language) => listIssuedCoupons(db, filter, page, language),
  };
}
