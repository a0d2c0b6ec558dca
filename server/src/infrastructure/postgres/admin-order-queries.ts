import type { AdminOrderQueries } from '../../application/admin-ports.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';
import { firstIdAt } from './ids.ts';
import { orderView, ordersWithItems } from './order-queries.ts';

export function adminOrderQueries(db: Db): AdminOrderQueries {
  return {
    async search({ userId, status, deliveryStatus, from, to }, { limit, cursor }) {
      let query = ordersWithItems(db).orderBy('o.id', 'desc').limit(limit + 1);
      if (userId !== undefined) query = query.where('o.user_id', '=', userId);
      if (status !== undefined) query = query.where('o.status', '=', status);
      if (deliveryStatus !== undefined) query = query.where('o.delivery_status', '=', deliveryStatus);
      // An order's id is made from the time of its creation, so the key finds a period; the table needs no index on that time.
      if (from !== undefined) query = query.where('o.id', '>=', firstIdAt(from));
      if (to !== undefined) query = query.where('o.id', '<', firstIdAt(to));
      if (cursor !== undefined) query = query.where('o.id', '<', decodeCursor('admin-orders', cursor, ['uuid'])[0] as string);
      return pageOf(await query.execute(), limit, orderView, ({ id }) => encodeCursor('admin-orders', [id]));
    },
  };
}
