import type { TestShop } from './shop.ts';

/**
 * Everything in the books that does not add up, on a database at rest: balances and stock against their histories, histories without a
 * gap, and paid orders against payments, money, goods and events, one to one. An empty list is what every suite expects.
 */
export async function findImbalances(rows: TestShop['rows']): Promise<{ what: string; id: string }[]> {
  return rows(`
    WITH money AS (
      SELECT user_id, balance_before, lag(balance_after, 1, 0::bigint) OVER (PARTITION BY user_id ORDER BY id) AS expected FROM wallet_transactions
    ), goods AS (
      SELECT variant_id, stock_before, lag(stock_after, 1, 0) OVER (PARTITION BY variant_id ORDER BY id) AS expected FROM stock_movements
    ), expected_events AS (
      SELECT id, CASE status WHEN 'FAILED' THEN 'openrun.order.failed' ELSE 'openrun.order.paid' END AS type
      FROM orders WHERE status = 'FAILED' OR paid_at IS NOT NULL
    )
    SELECT 'balance' AS what, user_id::text AS id FROM wallets w
      WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM wallet_transactions t WHERE t.user_id = w.user_id)
    UNION ALL SELECT 'stock', id::text FROM variants v
      WHERE stock <> (SELECT coalesce(sum(quantity), 0) FROM stock_movements m WHERE m.variant_id = v.id)
    UNION ALL SELECT 'gap in wallet history', user_id::text FROM money WHERE balance_before <> expected
    UNION ALL SELECT 'gap in stock history', variant_id::text FROM goods WHERE stock_before <> expected
    UNION ALL SELECT 'payment of a paid order', id::text FROM orders o
      WHERE status = 'SUCCESS' AND (SELECT coalesce(sum(amount), -1) FROM payments p WHERE p.order_id = o.id AND p.status = 'SUCCESS') <> total_price
    UNION ALL SELECT 'money of an order', id::text FROM orders o
      WHERE status IN ('SUCCESS', 'FAILED') AND (SELECT coalesce(-sum(amount), 0) FROM wallet_transactions t WHERE t.order_id = o.id)
        <> CASE status WHEN 'SUCCESS' THEN total_price ELSE 0 END
    UNION ALL SELECT 'goods of a paid order', o.id::text FROM orders o JOIN order_items i ON i.order_id = o.id
      WHERE o.status = 'SUCCESS'
        AND (SELECT coalesce(-sum(quantity), 0) FROM stock_movements m WHERE m.order_id = o.id AND m.variant_id = i.variant_id) <> i.quantity
    UNION ALL SELECT 'goods of a failed order', o.id::text FROM orders o
      WHERE o.status = 'FAILED' AND EXISTS (SELECT FROM stock_movements m WHERE m.order_id = o.id)
    UNION ALL SELECT 'price of an order', o.id::text FROM orders o
      WHERE items_price <> (SELECT coalesce(sum(unit_price * quantity), -1) FROM order_items i WHERE i.order_id = o.id)
    UNION ALL SELECT 'event of an order', e.id::text FROM expected_events e
      WHERE (SELECT count(*) FROM outbox x WHERE x.subject = e.id AND x.type = e.type) <> 1
    UNION ALL SELECT 'history of an order', o.id::text FROM orders o
      WHERE status <> (SELECT h.status FROM order_status_history h WHERE h.order_id = o.id ORDER BY h.id DESC LIMIT 1)`);
}
