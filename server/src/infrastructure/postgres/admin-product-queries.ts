import { type SqlBool, sql } from 'kysely';
import type { Pool } from 'pg';
import type { AdminProductQueries } from '../../application/admin-ports.ts';
import { type AdminProductSummary, adminProductView } from '../../application/admin-views.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';
import { findProduct } from './product-tables.ts';
import { containing } from './search-pattern.ts';

export function adminProductQueries(db: Db, pool: Pool): AdminProductQueries {
  const summaries = db.selectFrom('products as p').select((select) => [
    'p.id as productId',
    'p.version',
    'p.category',
    sql<{ ko: string; en: string }>`json_build_object('ko', p.name_ko, 'en', p.name_en)`.as('name'),
    'p.base_price as basePrice',
    'p.status',
    'p.created_at as createdAt',
    'p.updated_at as updatedAt',
    sql<number>`(SELECT coalesce(sum(v.stock), 0)::bigint FROM variants v WHERE v.product_id = p.id)`.as('stock'),
    select
      .selectFrom('product_images as i')
      .select('i.url')
      .whereRef('i.product_id', '=', 'p.id')
      .where('i.is_main', '=', true)
      .as('imageUrl'),
  ]);
  type Summary = Awaited<ReturnType<typeof summaries.execute>>[number];
  const view = (row: Summary): AdminProductSummary => ({ ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() });

  return {
    async list({ search, category, status }, { limit, cursor }) {
      let query = summaries.orderBy('p.id', 'desc').limit(limit + 1);
      if (search !== undefined) query = query.where(sql<SqlBool>`(p.name_ko ILIKE ${containing(search)} OR p.name_en ILIKE ${containing(search)})`);
      if (category !== undefined) query = query.where('p.category', '=', category);
      if (status !== undefined) query = query.where('p.status', '=', status);
      if (cursor !== undefined) query = query.where('p.id', '<', decodeCursor('admin-products', cursor, ['uuid'])[0] as string);
      return pageOf(await query.execute(), limit, view, ({ productId }) => encodeCursor('admin-products', [productId]));
    },

    async find(productId) {
      const product = await findProduct(pool, productId);
      return product && adminProductView(product);
    },

    async findProductOf(variantId) {
      const row = await db.selectFrom('variants').select('product_id').where('id', '=', variantId).executeTakeFirst();
      return row?.product_id;
    },

    async listMovements(variantId, { limit, cursor }) {
      let query = db.selectFrom('stock_movements').selectAll().where('variant_id', '=', variantId).orderBy('id', 'desc').limit(limit + 1);
      if (cursor !== undefined) query = query.where('id', '<', decodeCursor('stock-movements', cursor, ['uuid'])[0] as string);
      return pageOf(
        await query.execute(),
        limit,
        (row) => ({
          movementId: row.id,
          variantId: row.variant_id,
          type: row.type,
          quantity: row.quantity,
          stockBefore: row.stock_before,
          stockAfter: row.stock_after,
          orderId: row.order_id,
          operatorId: row.operator_id,
          reason: row.reason,
          createdAt: row.created_at.toISOString(),
        }),
        (row) => encodeCursor('stock-movements', [row.id]),
      );
    },
  };
}
