import { type SqlBool, sql } from 'kysely';
import type { AdminOrderQueries } from '../../application/admin-ports.ts';
import type { DeliveryStatus, OrderStatus } from '../../domain/order.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';
import { firstIdAt, idMax } from './ids.ts';
import { orderView, ordersWithItems } from './order-queries.ts';

export function adminOrderQueries(db: Db): AdminOrderQueries {
  return {
    async search({ userId, status, deliveryStatus, from, to }, { limit, cursor }) {
      // An order's id is made from the time of its creation, so the key finds a period; the table needs no index on that time.
      const first = firstIdAt(from ?? new Date(0));
      const before = cursor === undefined ? idMax : (decodeCursor('admin-orders', cursor, ['uuid'])[0] as string);
      const end = to === undefined || before < firstIdAt(to) ? before : firstIdAt(to);
      const listed = userId === undefined ? listedBy(status, deliveryStatus) : undefined;

      let query = ordersWithItems(db).limit(limit + 1);
      if (listed) {
        const column = sql.ref(listed.column);
        query = query
          .where(sql<SqlBool>`(${column}, o.id) >= (${listed.value}, ${first}) AND (${column}, o.id) < (${listed.value}, ${end})`)
          .orderBy(listed.column, 'desc');
      } else query = query.where('o.id', '>=', first).where('o.id', '<', end);
      if (userId !== undefined) query = query.where('o.user_id', '=', userId);
      // Which follows, but not for the planner: the two indexes have only such orders.
      if (status !== undefined && status !== 'SUCCESS') query = query.where('o.status', '<>', 'SUCCESS');
      if (deliveryStatus !== undefined) query = query.where('o.delivery_status', 'is not', null);
      if (status !== undefined && listed?.column !== 'o.status') query = query.where('o.status', '=', status);
      if (deliveryStatus !== undefined && listed?.column !== 'o.delivery_status') query = query.where('o.delivery_status', '=', deliveryStatus);
      return pageOf(await query.orderBy('o.id', 'desc').execute(), limit, orderView, ({ id }) => encodeCursor('admin-orders', [id]));
    },
  };
}

/**
 * The index to read the page from. Asked for one status, the planner thinks that its orders are spread evenly over all, and reads the
 * newest orders until it has a page: all of the last days, where only delivered ones are wanted. A range of (status, id), which holds the one
 * status, can only be read in order from the index that begins with it.
 */
function listedBy(status: OrderStatus | undefined, deliveryStatus: DeliveryStatus | undefined) {
  if (deliveryStatus !== undefined) return { column: 'o.delivery_status', value: deliveryStatus } as const;
  // The others are few; orders that succeeded are found soon enough by the key.
  return status === undefined || status === 'SUCCESS' ? undefined : ({ column: 'o.status', value: status } as const);
}
