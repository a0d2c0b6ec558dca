import { sql } from 'kysely';
import type { ReportQueries } from '../../application/admin-ports.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';

export function reportQueries(db: Db): ReportQueries {
  return {
    async listSales({ productId, from, to }, { limit, cursor }, language) {
      let query = db
        .selectFrom('product_sales_hourly as s')
        .innerJoin('products as p', 'p.id', 's.product_id')
        .select((select) => ['s.hour', 's.product_id as productId', select.ref(`p.name_${language}`).as('productName'), 's.units', 's.revenue'])
        .orderBy('s.hour', 'desc')
        .orderBy('s.product_id', 'desc')
        .limit(limit + 1);
      if (productId !== undefined) query = query.where('s.product_id', '=', productId);
      if (from !== undefined) query = query.where('s.hour', '>=', from);
      if (to !== undefined) query = query.where('s.hour', '<', to);
      if (cursor !== undefined) {
        const [hour, id] = decodeCursor('sales', cursor, ['number', 'uuid']);
        query = query.where(sql<boolean>`(s.hour, s.product_id) < (to_timestamp(greatest(${hour}::bigint, 0)), ${id})`);
      }
      return pageOf(
        await query.execute(),
        limit,
        (row) => ({ ...row, hour: row.hour.toISOString() }),
        ({ hour, productId: id }) => encodeCursor('sales', [hour.getTime() / 1000, id]),
      );
    },

    async listActions({ operatorId, subjectId }, { limit, cursor }) {
      let query = db.selectFrom('operator_actions').selectAll().orderBy('id', 'desc').limit(limit + 1);
      if (operatorId !== undefined) query = query.where('operator_id', '=', operatorId);
      if (subjectId !== undefined) query = query.where('subject_id', '=', subjectId);
      if (cursor !== undefined) query = query.where('id', '<', decodeCursor('operator-actions', cursor, ['uuid'])[0] as string);
      return pageOf(
        await query.execute(),
        limit,
        (row) => ({
          actionId: row.id,
          operatorId: row.operator_id,
          action: row.action,
          subjectType: row.subject_type,
          subjectId: row.subject_id,
          reason: row.reason,
          before: row.before,
          after: row.after,
          createdAt: row.created_at.toISOString(),
        }),
        ({ id }) => encodeCursor('operator-actions', [id]),
      );
    },
  };
}
