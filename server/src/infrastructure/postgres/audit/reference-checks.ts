import type { AuditCheck } from './audit.ts';

/** A table, its key as text, and the columns that name a row of another table. */
interface Naming {
  table: string;
  key: string;
  names: { [column: string]: keyof typeof keyOf };
}

const keyOf = { orders: 'id', users: 'id', wallets: 'user_id', variants: 'id', coupons: 'id', issued_coupons: 'id' };

/** The keys that PostgreSQL 18 is told not to check at each write. */
const unenforced: Naming[] = [
  { table: 'orders', key: 'id', names: { user_id: 'users', issued_coupon_id: 'issued_coupons' } },
  { table: 'order_items', key: `order_id || '/' || variant_id`, names: { order_id: 'orders', variant_id: 'variants' } },
  { table: 'order_status_history', key: 'id', names: { order_id: 'orders' } },
  { table: 'payments', key: 'id', names: { order_id: 'orders' } },
  { table: 'stock_movements', key: 'id', names: { order_id: 'orders', variant_id: 'variants', operator_id: 'users' } },
  { table: 'wallet_transactions', key: 'id', names: { order_id: 'orders', user_id: 'wallets', operator_id: 'users' } },
  { table: 'issued_coupons', key: 'id', names: { order_id: 'orders', coupon_id: 'coupons', user_id: 'wallets' } },
  { table: 'coupon_history', key: 'id', names: { order_id: 'orders', issued_coupon_id: 'issued_coupons' } },
];

/** All that name a row of one table are looked up together, so that it is hashed once. */
function namingRowsOf(named: string): string {
  const naming = unenforced.flatMap(({ table, key, names }) =>
    Object.entries(names).flatMap(([column, to]) =>
      to === named ? `SELECT '${table} ' || ${key} AS id, ${column} AS named FROM ${table} WHERE ${column} IS NOT NULL` : []));
  return naming.join(' UNION ALL ');
}

const lookedUp = Object.entries(keyOf).map(
  ([named, key]) => `
      SELECT naming.id, CASE WHEN t.${key} IS NULL THEN format('names %s of ${named}, which is not there', naming.named) END AS difference
      FROM (${namingRowsOf(named)}) AS naming LEFT JOIN ${named} t ON t.${key} = naming.named`,
);

/** What a row says of another, also where no foreign key makes sure of it. */
export const referenceChecks: AuditCheck[] = [
  {
    name: 'references',
    holds: 'Every order, customer, wallet, variant or coupon that a row names is there, also where the database does not enforce it.',
    rows: lookedUp.join(' UNION ALL '),
  },
  {
    name: 'orphans',
    holds: 'What is not tied by a foreign key points to something that exists all the same.',
    rows: `
      SELECT h.id, CASE WHEN u.id IS NULL THEN format('history changed by unknown user %s', h.changed_by_user_id) END AS difference
      FROM order_status_history h LEFT JOIN users u ON u.id = h.changed_by_user_id WHERE h.changed_by_user_id IS NOT NULL
      UNION ALL
      SELECT k.caller_id, CASE WHEN u.id IS NULL THEN format('idempotency key of unknown user %s', k.caller_id) END
      FROM idempotency_keys k LEFT JOIN users u ON u.id = k.caller_id
      UNION ALL
      SELECT k.order_id, CASE WHEN o.id IS NULL THEN format('idempotency key of unknown order %s', k.order_id) END
      FROM idempotency_keys k LEFT JOIN orders o ON o.id = k.order_id WHERE k.order_id IS NOT NULL`,
  },
];
