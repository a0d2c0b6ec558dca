import type { AuditCheck } from './audit.ts';

/** The columns that name an order, with the key of their row. PostgreSQL 18 need not enforce them: see the migrations. */
const namingAnOrder = {
  order_items: `format('%s/%s', order_id, variant_id)`,
  order_status_history: 'id::text',
  payments: 'id::text',
  stock_movements: 'id::text',
  wallet_transactions: 'id::text',
  issued_coupons: 'id::text',
  coupon_history: 'id::text',
};

const named = Object.entries(namingAnOrder).map(
  ([table, key]) => `SELECT '${table}' AS naming, ${key} AS key, order_id FROM ${table} WHERE order_id IS NOT NULL`,
);

/** What a row says of another, also where no foreign key makes sure of it. */
export const referenceChecks: AuditCheck[] = [
  {
    name: 'order-references',
    holds: 'Every order that an item, a payment, a coupon or a line of a history names is there.',
    rows: `
      SELECT format('%s %s', naming, key) AS id, CASE WHEN o.id IS NULL THEN format('order %s does not exist', named.order_id) END AS difference
      FROM (${named.join(' UNION ALL ')}) AS named LEFT JOIN orders o ON o.id = named.order_id`,
  },
  {
    name: 'orphans',
    holds: 'What is not tied by a foreign key points to something that exists all the same.',
    rows: `
      SELECT h.id, CASE WHEN u.id IS NULL THEN format('history changed by unknown user %s', h.changed_by_user_id) END AS difference
      FROM order_status_history h LEFT JOIN users u ON u.id = h.changed_by_user_id WHERE h.changed_by_user_id IS NOT NULL
      UNION ALL
      SELECT k.caller_id, CASE WHEN u.id IS NULL THEN format('idempotency key of unknown user %s', k.caller_id) END
      FROM idempotency_keys k LEFT JOIN users u ON u.id = k.caller_id`,
  },
];
