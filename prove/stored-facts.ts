import type { ClientBase, Pool } from 'pg';
import { Facts, type Opening } from './facts.ts';

/** The facts that the database holds about the users, variants and coupons of a round; worded as in `facts.ts`. */
const storedFacts = `
  WITH buyers AS (SELECT unnest($1::uuid[]) AS user_id), goods AS (SELECT unnest($2::uuid[]) AS variant_id), campaigns AS (SELECT unnest($3::uuid[]) AS coupon_id),
  bought AS (SELECT o.* FROM orders o JOIN buyers USING (user_id))
  SELECT 'balance of user ' || user_id AS fact, balance AS amount FROM wallets JOIN buyers USING (user_id)
  UNION ALL
  SELECT type || ' ' || amount || ' of user ' || user_id || coalesce(' for order ' || order_id, ''), count(*)
    FROM wallet_transactions JOIN buyers USING (user_id) GROUP BY 1
  UNION ALL SELECT 'stock of variant ' || id, stock FROM variants JOIN goods ON variant_id = id
  UNION ALL
  SELECT type || ' ' || quantity || ' of variant ' || variant_id || coalesce(' for order ' || order_id, ''), count(*)
    FROM stock_movements JOIN goods USING (variant_id) GROUP BY 1
  UNION ALL
  SELECT 'order ' || id || ' of user ' || user_id || ' is ' || status
      || CASE status WHEN 'FAILED' THEN ' ' || failure_reason ELSE ' and costs ' || total_price END, 1 FROM bought
  UNION ALL
  SELECT 'order ' || order_id || ' has ' || quantity || ' of variant ' || variant_id || ' at ' || unit_price, 1
    FROM order_items JOIN bought ON bought.id = order_id
  UNION ALL
  SELECT p.status || ' payment of ' || CASE p.status WHEN 'SUCCESS' THEN amount || ' for ' ELSE '' END || 'order ' || order_id, count(*)
    FROM payments p JOIN bought ON bought.id = order_id GROUP BY 1
  UNION ALL SELECT 'issued quantity of coupon ' || id, issued_quantity FROM coupons JOIN campaigns ON coupon_id = id
  UNION ALL
  SELECT 'place ' || sequence || ' of coupon ' || coupon_id || ' is issued coupon ' || id || ' of user ' || user_id, 1
    FROM issued_coupons WHERE coupon_id IN (SELECT coupon_id FROM campaigns) OR user_id IN (SELECT user_id FROM buyers)
  UNION ALL
  SELECT 'issued coupon ' || id || ' is used by order ' || order_id, 1 FROM issued_coupons WHERE status = 'USED' AND user_id IN (SELECT user_id FROM buyers)`;

export async function readStoredFacts(database: Pool | ClientBase, { balances, variants, coupons }: Opening): Promise<Facts> {
  const { rows } = await database.query<{ fact: string; amount: string }>(storedFacts, [[...balances.keys()], [...variants.keys()], [...coupons.keys()]]);
  const facts = new Facts();
  for (const { fact, amount } of rows) facts.add(fact, Number(amount));
  return facts;
}
