import type { AuditCheck } from './audit.ts';

/** Events older than this may have been cleaned up; see housekeeping. */
const eventsKept = "interval '6 days'";

/** Orders against their items, payments, coupons, history, events and statistics. */
export const orderChecks: AuditCheck[] = [
  {
    name: 'order-items',
    holds: 'The items of an order sum up to its items price, and there is at least one.',
    rows: `
      SELECT o.id, CASE WHEN i.total IS DISTINCT FROM o.items_price
        THEN format('items price %s, items %s', o.items_price, i.total) END AS difference
      FROM orders o LEFT JOIN (SELECT order_id, sum(unit_price * quantity) AS total FROM order_items GROUP BY order_id) i ON i.order_id = o.id`,
  },
  {
    name: 'order-payment',
    holds: 'A paid order has exactly one successful payment, of its total; no other order has one.',
    rows: `
      SELECT o.id, CASE WHEN coalesce(p.successes, 0) <> (CASE WHEN o.paid_at IS NOT NULL THEN 1 ELSE 0 END)
          OR (o.paid_at IS NOT NULL AND p.paid IS DISTINCT FROM o.total_price)
        THEN format('%s, total %s, %s payments of %s', o.status, o.total_price, coalesce(p.successes, 0), p.paid) END AS difference
      FROM orders o LEFT JOIN (SELECT order_id, count(*) AS successes, sum(amount) AS paid FROM payments WHERE status = 'SUCCESS' GROUP BY order_id) p
        ON p.order_id = o.id`,
  },
  {
    name: 'order-coupon',
    holds: 'The coupon of a paid or unpaid order is used by that order, and without a coupon there is no discount.',
    rows: `
      SELECT o.id, CASE WHEN (o.issued_coupon_id IS NULL AND o.discount_amount <> 0)
          OR (o.issued_coupon_id IS NOT NULL AND o.status IN ('PENDING', 'SUCCESS') AND (i.status <> 'USED' OR i.order_id IS DISTINCT FROM o.id))
        THEN format('discount %s, coupon %s is %s by order %s', o.discount_amount, o.issued_coupon_id, i.status, i.order_id) END AS difference
      FROM orders o LEFT JOIN issued_coupons i ON i.id = o.issued_coupon_id`,
  },
  {
    name: 'failed-order',
    holds: 'A failed order moved nothing: no stock, no money, no coupon.',
    rows: `
      SELECT o.id, CASE
          WHEN t.order_id IS NOT NULL THEN 'a wallet transaction names it'
          WHEN m.order_id IS NOT NULL THEN 'a stock movement names it'
          WHEN h.order_id IS NOT NULL THEN 'a coupon history line names it'
        END AS difference
      FROM orders o
      LEFT JOIN (SELECT DISTINCT order_id FROM wallet_transactions JOIN orders f ON f.id = order_id AND f.status = 'FAILED') t ON t.order_id = o.id
      LEFT JOIN (SELECT DISTINCT order_id FROM stock_movements JOIN orders f ON f.id = order_id AND f.status = 'FAILED') m ON m.order_id = o.id
      LEFT JOIN (SELECT DISTINCT order_id FROM coupon_history JOIN orders f ON f.id = order_id AND f.status = 'FAILED') h ON h.order_id = o.id
      WHERE o.status = 'FAILED'`,
  },
  {
    name: 'order-history',
    holds: 'The last line of the status history says what the order is.',
    rows: `
      SELECT o.id, CASE WHEN (h.status, h.delivery_status) IS DISTINCT FROM (o.status, o.delivery_status)
        THEN format('is %s %s, history says %s %s', o.status, o.delivery_status, h.status, h.delivery_status) END AS difference
      FROM orders o LEFT JOIN (
        SELECT DISTINCT ON (order_id) order_id, status, delivery_status FROM order_status_history ORDER BY order_id, id DESC) h ON h.order_id = o.id`,
  },
  {
    name: 'holds',
    holds: 'An unpaid order holds until a time that is not long past: ended holds are released within seconds.',
    rows: `
      SELECT id, CASE WHEN hold_expires_at < now() - interval '1 minute' THEN format('ended at %s', hold_expires_at) END AS difference
      FROM orders WHERE status = 'PENDING'`,
  },
  {
    name: 'order-events',
    holds: 'Each paid, failed and cancelled order of the last days is in the outbox exactly once as such, and nothing else is.',
    rows: `
      SELECT coalesce(e.id, x.subject) AS id, CASE WHEN e.id IS NULL OR coalesce(x.events, 0) <> 1
        THEN format('%s: %s events, %s', coalesce(e.type, x.type), coalesce(x.events, 0), CASE WHEN e.id IS NULL THEN 'but no such order' ELSE 'expected 1' END)
        END AS difference
      FROM (
        SELECT id, 'openrun.order.failed' AS type FROM orders WHERE status = 'FAILED' AND created_at > now() - ${eventsKept}
        UNION ALL SELECT id, 'openrun.order.paid' FROM orders WHERE paid_at > now() - ${eventsKept}
        UNION ALL SELECT id, 'openrun.order.cancelled' FROM orders WHERE cancelled_at > now() - ${eventsKept}
      ) e FULL JOIN (
        SELECT subject, type, count(*) AS events FROM outbox WHERE type LIKE 'openrun.order.%' AND created_at > now() - ${eventsKept} GROUP BY subject, type
      ) x ON x.subject = e.id AND x.type = e.type`,
  },
  {
    name: 'coupon-events',
    holds: 'Each coupon issued in the last days is in the outbox exactly once.',
    rows: `
      SELECT coalesce(i.id, x.subject) AS id, CASE WHEN i.id IS NULL OR coalesce(x.events, 0) <> 1 THEN format('%s events', coalesce(x.events, 0)) END AS difference
      FROM (SELECT id FROM issued_coupons WHERE issued_at > now() - ${eventsKept}) i
      FULL JOIN (SELECT subject, count(*) AS events FROM outbox WHERE type = 'openrun.coupon.issued' AND created_at > now() - ${eventsKept} GROUP BY subject) x
        ON x.subject = i.id`,
  },
  {
    name: 'sales-statistics',
    holds: 'Statistics plus the events not yet counted are the paid orders that were not cancelled, by product and hour.',
    rows: `
      SELECT format('%s %s', product_id, hour) AS id, CASE WHEN sum(units) <> 0 OR sum(revenue) <> 0
        THEN format('%s units and %s won too many', sum(units), sum(revenue)) END AS difference
      FROM (
        SELECT product_id, hour, units, revenue FROM product_sales_hourly
        UNION ALL
        SELECT item."productId", date_trunc('hour', (data->>'paidAt')::timestamptz, 'UTC'), sign * item.quantity, sign * item.quantity * item."unitPrice"
        FROM outbox JOIN (VALUES ('openrun.order.paid', 1), ('openrun.order.cancelled', -1)) AS counted (type, sign) USING (type),
             jsonb_to_recordset(data->'items') AS item ("productId" uuid, quantity bigint, "unitPrice" bigint)
        WHERE data->>'paidAt' IS NOT NULL
          AND transaction_id >= (SELECT next_transaction_id FROM outbox_readers WHERE reader = 'sales-statistics')
        UNION ALL
        SELECT v.product_id, date_trunc('hour', o.paid_at, 'UTC'), -i.quantity, -i.quantity * i.unit_price
        FROM orders o JOIN order_items i ON i.order_id = o.id JOIN variants v ON v.id = i.variant_id WHERE o.status = 'SUCCESS'
      ) AS counted GROUP BY product_id, hour`,
  },
  {
    name: 'daily-sales',
    holds: 'The units of a day are those of its hours, by product.',
    rows: `
      SELECT format('%s %s', product_id, day) AS id, CASE WHEN sum(units) <> 0 THEN format('%s units too many', sum(units)) END AS difference
      FROM (
        SELECT product_id, day, units FROM product_sales_daily
        UNION ALL
        SELECT product_id, (hour AT TIME ZONE 'UTC')::date, -units FROM product_sales_hourly
      ) AS counted GROUP BY product_id, day`,
  },
];
