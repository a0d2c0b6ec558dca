import { sql } from 'kysely';
import type { LiveCountQueries } from '../../application/ports.ts';
import type { Db } from './database.ts';

export function liveCountQueries(db: Db): LiveCountQueries {
  return {
    async findRemaining(couponIds) {
      if (couponIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('coupons')
        .select(['id', sql<number>`total_quantity - issued_quantity`.as('count')])
        .where(sql<boolean>`id = ANY(${couponIds}::uuid[])`)
        .execute();
      return new Map(rows.map(({ id, count }) => [id, count]));
    },

    /** A suspended product has nothing to sell. */
    async findStock(variantIds) {
      if (variantIds.length === 0) return new Map();
      const rows = await db
        .selectFrom('variants as v')
        .innerJoin('products as p', 'p.id', 'v.product_id')
        .select(['v.id', sql<number>`CASE WHEN p.status = 'ON_SALE' THEN v.stock ELSE 0 END`.as('count')])
        .where(sql<boolean>`v.id = ANY(${variantIds}::uuid[])`)
        .execute();
      return new Map(rows.map(({ id, count }) => [id, count]));
    },
  };
}
