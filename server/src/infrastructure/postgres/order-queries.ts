import { sql } from 'kysely';
import type { OrderQueries } from '../../application/ports.ts';
import type { Language, OrderDetailView, OrderItemView, OrderView } from '../../application/views.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Db } from './database.ts';

const cursorKind = 'orders';

/** Orders as they are listed. */
export const ordersWithItems = (db: Db) =>
  db
    .selectFrom('orders as o')
    .selectAll('o')
    .select((select) =>
      select
        .selectFrom('order_items as i')
        .innerJoin('variants as v', 'v.id', 'i.variant_id')
        .select(
          sql<OrderItemView[]>`json_agg(json_build_object(
            'productId', v.product_id, 'variantId', i.variant_id, 'quantity', i.quantity, 'unitPrice', i.unit_price
          ) ORDER BY i.position)`.as('items'),
        )
        .whereRef('i.order_id', '=', 'o.id')
        .as('items'),
    );
type OrderRow = Awaited<ReturnType<ReturnType<typeof ordersWithItems>['execute']>>[number];

export function orderView(row: OrderRow): OrderView {
  return {
    orderId: row.id,
    userId: row.user_id,
    orderStatus: row.status,
    deliveryStatus: row.delivery_status,
    itemsPrice: row.items_price,
    discountAmount: row.discount_amount,
    totalPrice: row.total_price,
    failureReason: row.failure_reason,
    issuedCouponId: row.issued_coupon_id,
    createdAt: row.created_at.toISOString(),
    paidAt: row.paid_at?.toISOString() ?? null,
    holdExpiresAt: row.hold_expires_at?.toISOString() ?? null,
    cancelledAt: row.cancelled_at?.toISOString() ?? null,
    items: row.items ?? [],
  };
}

export function orderQueries(db: Db): OrderQueries {
  return {
    async list(userId, status, { limit, cursor }) {
      let query = ordersWithItems(db).where('o.user_id', '=', userId).orderBy('o.id', 'desc').limit(limit + 1);
      if (status !== undefined) query = query.where('o.status', '=', status);
      if (cursor !== undefined) query = query.where('o.id', '<', decodeCursor(cursorKind, cursor, ['uuid'])[0] as string);
      return pageOf(await query.execute(), limit, orderView, (row) => encodeCursor(cursorKind, [row.id]));
    },

    async find(orderId, language) {
      const row = await ordersWithItems(db).where('o.id', '=', orderId).executeTakeFirst();
      if (!row) return undefined;
      return { ...orderView(row), ...(await orderDetails(db, orderId, language)) };
    },
  };
}

/** The parts of an order that only its own page shows. */
async function orderDetails(db: Db, orderId: string, language: Language): Promise<Pick<OrderDetailView, 'items' | 'payments' | 'statusHistory'>> {
  const [items, payments, history] = await Promise.all([
    db
      .selectFrom('order_items as i')
      .innerJoin('variants as v', 'v.id', 'i.variant_id')
      .innerJoin('products as p', 'p.id', 'v.product_id')
      .select((select) => [
        'v.product_id as productId',
        'i.variant_id as variantId',
        'i.quantity',
        'i.unit_price as unitPrice',
        select.ref(`p.name_${language}`).as('productName'),
        variantName(language).as('variantName'),
      ])
      .where('i.order_id', '=', orderId)
      .orderBy('i.position')
      .execute(),
    db.selectFrom('payments').selectAll().where('order_id', '=', orderId).orderBy('id').execute(),
    db.selectFrom('order_status_history').selectAll().where('order_id', '=', orderId).orderBy('id').execute(),
  ]);
  return {
    items,
    payments: payments.map((payment) => ({
      paymentId: payment.id,
      status: payment.status,
      amount: payment.amount,
      failureReason: payment.failure_reason,
      createdAt: payment.created_at.toISOString(),
    })),
    statusHistory: history.map((change) => ({
      orderStatus: change.status,
      deliveryStatus: change.delivery_status,
      reason: change.reason,
      changedBy: change.changed_by,
      createdAt: change.created_at.toISOString(),
    })),
  };
}

/** "Red / L": the values of the variant's options, in the options' order; empty where a product has no options. */
export function variantName(language: 'ko' | 'en') {
  return sql<string>`coalesce((
    SELECT string_agg(${sql.ref(`o.value_${language}`)}, ' / ' ORDER BY o.position)
    FROM variant_options vo JOIN product_options o ON o.id = vo.option_id
    WHERE vo.variant_id = v.id), '')`;
}
