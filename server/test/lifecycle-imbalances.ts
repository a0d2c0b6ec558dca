import type { TestShop } from './shop.ts';

/**
 * What does not add up in coupons, holds and cancellations, on a database at rest; `imbalances.ts` has the rest. An empty list is what every
 * suite expects.
 */
export async function findLifecycleImbalances(rows: TestShop['rows']): Promise<{ what: string; id: string }[]> {
  return rows(`
    WITH places AS (
      SELECT coupon_id, count(*) AS issued, count(DISTINCT user_id) AS users, min(sequence) AS first, max(sequence) AS last FROM issued_coupons GROUP BY coupon_id
    ), histories AS (
      SELECT issued_coupon_id, string_agg(action, ' ' ORDER BY id) AS actions, (array_agg(order_id ORDER BY id DESC))[1] AS last_order
      FROM coupon_history GROUP BY issued_coupon_id
    ), goods AS (
      SELECT o.id, o.status, i.quantity, coalesce((SELECT -sum(m.quantity) FROM stock_movements m WHERE m.order_id = o.id AND m.variant_id = i.variant_id), 0) AS out
      FROM orders o JOIN order_items i ON i.order_id = o.id
    )
    SELECT 'issued quantity' AS what, c.id::text AS id FROM coupons c LEFT JOIN places p ON p.coupon_id = c.id
      WHERE issued_quantity <> coalesce(issued, 0) OR issued_quantity > total_quantity
    UNION ALL SELECT 'places of a coupon', coupon_id::text FROM places WHERE first <> 1 OR last <> issued OR users <> issued
    UNION ALL SELECT 'history of a coupon', i.id::text FROM issued_coupons i LEFT JOIN histories h ON h.issued_coupon_id = i.id
      WHERE coalesce(actions, '') !~ '^ISSUED( USED RESTORED)*( USED| EXPIRED)?$' OR (status = 'USED') <> (actions LIKE '% USED')
    UNION ALL SELECT 'order of a used coupon', i.id::text FROM issued_coupons i JOIN histories h ON h.issued_coupon_id = i.id
      JOIN orders o ON o.id = i.order_id WHERE h.last_order <> i.order_id OR o.issued_coupon_id <> i.id
    UNION ALL SELECT 'coupon of an order', o.id::text FROM orders o JOIN issued_coupons i ON i.id = o.issued_coupon_id
      WHERE CASE WHEN o.status IN ('PENDING', 'SUCCESS') THEN i.order_id IS DISTINCT FROM o.id
                 ELSE i.order_id = o.id AND NOT (o.status = 'CANCELLED' AND i.expires_at <= o.cancelled_at) END
    UNION ALL SELECT 'event of an issue', id::text FROM issued_coupons i
      WHERE (SELECT count(*) FROM outbox x WHERE x.subject = i.id AND x.type = 'openrun.coupon.issued') <> 1
    UNION ALL SELECT 'goods of an order', id::text FROM goods WHERE out <> CASE WHEN status IN ('PENDING', 'SUCCESS') THEN quantity ELSE 0 END
    UNION ALL SELECT 'money of an unpaid or cancelled order', id::text FROM orders o
      WHERE status IN ('PENDING', 'CANCELLED') AND (SELECT coalesce(sum(amount), 0) FROM wallet_transactions t WHERE t.order_id = o.id) <> 0
    UNION ALL SELECT 'goods back twice', order_id::text FROM stock_movements WHERE type IN ('RELEASE', 'CANCEL') GROUP BY order_id, variant_id HAVING count(*) > 1
    UNION ALL SELECT 'refunds of an order', id::text FROM orders o
      WHERE (SELECT count(*) FROM wallet_transactions t WHERE t.order_id = o.id AND t.type = 'REFUND')
        <> CASE WHEN status = 'CANCELLED' AND paid_at IS NOT NULL AND total_price > 0 THEN 1 ELSE 0 END
    UNION ALL SELECT 'payments of an order', id::text FROM orders o
      WHERE (SELECT count(*) FROM payments p WHERE p.order_id = o.id AND p.status = 'SUCCESS') <> CASE WHEN paid_at IS NULL THEN 0 ELSE 1 END
    UNION ALL SELECT 'event of a cancellation', id::text FROM orders o
      WHERE (SELECT count(*) FROM outbox x WHERE x.subject = o.id AND x.type = 'openrun.order.cancelled') <> CASE status WHEN 'CANCELLED' THEN 1 ELSE 0 END`);
}
