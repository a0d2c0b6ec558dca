import type { AuditCheck } from './audit.ts';

/** Stock against its movements and the orders, coupons against their history. */
export const stockAndCouponChecks: AuditCheck[] = [
  {
    name: 'stock-sum',
    holds: 'Stock is the sum of its movements.',
    rows: `
      SELECT v.id, CASE WHEN v.stock <> coalesce(m.total, 0)
        THEN format('stock %s, movements %s', v.stock, coalesce(m.total, 0)) END AS difference
      FROM variants v LEFT JOIN (SELECT variant_id, sum(quantity) AS total FROM stock_movements GROUP BY variant_id) m ON m.variant_id = v.id`,
  },
  {
    name: 'stock-chain',
    holds: 'Each movement begins where the one before it ended.',
    rows: `
      SELECT id, CASE WHEN stock_before <> expected OR stock_after <> stock_before + quantity
        THEN format('variant %s: before %s, expected %s, after %s', variant_id, stock_before, expected, stock_after) END AS difference
      FROM (SELECT *, lag(stock_after, 1, 0) OVER (PARTITION BY variant_id ORDER BY id) AS expected FROM stock_movements) m`,
  },
  {
    name: 'sold-units',
    holds: 'Sales less what came back are the units in paid orders and held for unpaid ones.',
    rows: `
      SELECT v.id, CASE WHEN coalesce(m.gone, 0) <> coalesce(i.units, 0)
        THEN format('%s units gone, %s in orders', coalesce(m.gone, 0), coalesce(i.units, 0)) END AS difference
      FROM variants v
      LEFT JOIN (SELECT variant_id, -sum(quantity) AS gone FROM stock_movements WHERE type <> 'ADJUST' GROUP BY variant_id) m ON m.variant_id = v.id
      LEFT JOIN (SELECT variant_id, sum(quantity) AS units FROM order_items JOIN orders o ON o.id = order_id
                 WHERE o.status IN ('PENDING', 'SUCCESS') GROUP BY variant_id) i ON i.variant_id = v.id`,
  },
  {
    name: 'order-movements',
    holds: 'Each item of a paid or unpaid order was taken once; of a cancelled one it came back once; of a failed one it never moved.',
    rows: `
      SELECT format('%s/%s', i.order_id, i.variant_id) AS id,
        CASE WHEN (coalesce(m.taken, 0), coalesce(m.released, 0), coalesce(m.returned, 0)) IS DISTINCT FROM (
            CASE WHEN o.status = 'FAILED' THEN 0 ELSE i.quantity END,
            CASE WHEN o.status = 'CANCELLED' AND o.paid_at IS NULL THEN i.quantity ELSE 0 END,
            CASE WHEN o.status = 'CANCELLED' AND o.paid_at IS NOT NULL THEN i.quantity ELSE 0 END)
          OR coalesce(m.movements, 0) <> (CASE o.status WHEN 'FAILED' THEN 0 WHEN 'CANCELLED' THEN 2 ELSE 1 END)
        THEN format('%s of %s units: taken %s, released %s, returned %s in %s movements', o.status, i.quantity, coalesce(m.taken, 0),
                    coalesce(m.released, 0), coalesce(m.returned, 0), coalesce(m.movements, 0)) END AS difference
      FROM order_items i JOIN orders o ON o.id = i.order_id
      LEFT JOIN (SELECT order_id, variant_id, count(*) AS movements, -coalesce(sum(quantity) FILTER (WHERE type = 'SALE'), 0) AS taken,
                        coalesce(sum(quantity) FILTER (WHERE type = 'RELEASE'), 0) AS released,
                        coalesce(sum(quantity) FILTER (WHERE type = 'CANCEL'), 0) AS returned
                 FROM stock_movements WHERE order_id IS NOT NULL GROUP BY order_id, variant_id) m
        ON m.order_id = i.order_id AND m.variant_id = i.variant_id`,
  },
  {
    name: 'movement-of-an-item',
    holds: 'A movement for an order is of a variant that the order has.',
    rows: `
      SELECT m.id, CASE WHEN i.order_id IS NULL THEN format('order %s has no variant %s', m.order_id, m.variant_id) END AS difference
      FROM stock_movements m LEFT JOIN order_items i ON i.order_id = m.order_id AND i.variant_id = m.variant_id
      WHERE m.order_id IS NOT NULL`,
  },
  {
    name: 'variant-price',
    holds: 'A final price is the base price plus the additional price.',
    rows: `
      SELECT v.id, CASE WHEN v.price <> p.base_price + v.additional_price
        THEN format('price %s, base %s, additional %s', v.price, p.base_price, v.additional_price) END AS difference
      FROM variants v JOIN products p ON p.id = v.product_id`,
  },
  {
    name: 'coupon-issued',
    holds: 'The issued quantity is the number of issued coupons and of ISSUED lines, at places 1 to n, one for each user.',
    rows: `
      SELECT c.id, CASE WHEN (c.issued_quantity, c.issued_quantity, c.issued_quantity) IS DISTINCT FROM
            (coalesce(i.issued, 0)::int, coalesce(i.places, 0)::int, coalesce(i.holders, 0)::int)
          OR c.issued_quantity <> coalesce(i.last_place, 0) OR c.issued_quantity <> coalesce(i.lines, 0)
        THEN format('issued %s, coupons %s, places %s up to %s, users %s, history %s', c.issued_quantity, coalesce(i.issued, 0),
                    coalesce(i.places, 0), coalesce(i.last_place, 0), coalesce(i.holders, 0), coalesce(i.lines, 0)) END AS difference
      FROM coupons c LEFT JOIN (
        SELECT coupon_id, count(*) AS issued, count(DISTINCT sequence) AS places, max(sequence) AS last_place, count(DISTINCT user_id) AS holders,
               sum(h.lines) AS lines
        FROM issued_coupons ic
        LEFT JOIN (SELECT issued_coupon_id, count(*) AS lines FROM coupon_history WHERE action = 'ISSUED' GROUP BY issued_coupon_id) h ON h.issued_coupon_id = ic.id
        GROUP BY coupon_id) i ON i.coupon_id = c.id`,
  },
  {
    name: 'coupon-history',
    holds: 'A coupon is USED exactly where its history says so last, and used once more than it was restored.',
    rows: `
      SELECT i.id, CASE WHEN (h.last_use = 'USED') IS DISTINCT FROM (i.status = 'USED') AND NOT (h.last_use IS NULL AND i.status = 'AVAILABLE')
          OR coalesce(h.uses, 0) - coalesce(h.restores, 0) <> (CASE WHEN i.status = 'USED' THEN 1 ELSE 0 END) OR coalesce(h.expiries, 0) > 1
        THEN format('status %s, last %s, %s used, %s restored, %s expired', i.status, h.last_use, h.uses, h.restores, h.expiries) END AS difference
      FROM issued_coupons i LEFT JOIN (
        SELECT issued_coupon_id, (array_agg(action ORDER BY id DESC) FILTER (WHERE action IN ('USED', 'RESTORED')))[1] AS last_use,
               count(*) FILTER (WHERE action = 'USED') AS uses, count(*) FILTER (WHERE action = 'RESTORED') AS restores,
               count(*) FILTER (WHERE action = 'EXPIRED') AS expiries
        FROM coupon_history GROUP BY issued_coupon_id) h ON h.issued_coupon_id = i.id`,
  },
  {
    name: 'coupon-use',
    holds: 'A used coupon is used by an order of its owner that names it.',
    rows: `
      SELECT i.id, CASE WHEN o.id IS NULL OR o.issued_coupon_id IS DISTINCT FROM i.id OR o.user_id <> i.user_id OR o.status = 'FAILED'
        THEN format('order %s (%s) names coupon %s', i.order_id, o.status, o.issued_coupon_id) END AS difference
      FROM issued_coupons i LEFT JOIN orders o ON o.id = i.order_id WHERE i.status = 'USED'`,
  },
];
