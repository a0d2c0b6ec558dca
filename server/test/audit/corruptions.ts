export interface Corruption {
  check: string;
  what: string;
  sql: string;
  /** Checks that must fail too, because the same row is what they look at. */
  also?: string[];
}

const paid = `(SELECT id FROM orders WHERE status = 'SUCCESS' AND issued_coupon_id IS NULL LIMIT 1)`;
const paidWithCoupon = `(SELECT id FROM orders WHERE status = 'SUCCESS' AND issued_coupon_id IS NOT NULL LIMIT 1)`;
const cancelledAfterPayment = `(SELECT id FROM orders WHERE status = 'CANCELLED' AND paid_at IS NOT NULL LIMIT 1)`;
const failed = `(SELECT id FROM orders WHERE status = 'FAILED' LIMIT 1)`;
const nobody = `'00000000-0000-7000-8000-000000000000'`;

/** By the key of a row, what names a row that is not there. */
const dangling: { key: string; sql: string; also?: string[] }[] = [
  { key: 'orders.user_id', sql: `UPDATE orders SET user_id = ${nobody} WHERE id = ${failed}` },
  { key: 'orders.issued_coupon_id', sql: `UPDATE orders SET issued_coupon_id = ${nobody} WHERE id = ${failed}` },
  {
    key: 'order_items.order_id',
    sql: `INSERT INTO order_items (order_id, variant_id, position, quantity, unit_price) SELECT ${nobody}, id, 0, 1, price FROM variants LIMIT 1`,
  },
  { key: 'order_items.variant_id', sql: `UPDATE order_items SET variant_id = ${nobody} WHERE order_id = ${failed}` },
  {
    key: 'order_status_history.order_id',
    sql: `INSERT INTO order_status_history (order_id, id, status, changed_by, created_at) VALUES (${nobody}, ${nobody}, 'FAILED', 'SYSTEM', now())`,
  },
  {
    key: 'payments.order_id',
    sql: `INSERT INTO payments (order_id, id, status, amount, failure_reason, created_at) VALUES (${nobody}, ${nobody}, 'FAILED', 0, 'OUT_OF_STOCK', now())`,
  },
  {
    key: 'stock_movements.order_id',
    sql: `UPDATE stock_movements SET order_id = ${nobody} WHERE type = 'SALE' AND order_id = ${paidWithCoupon}`,
    also: ['order-movements', 'movement-of-an-item'],
  },
  {
    key: 'stock_movements.variant_id',
    sql: `INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, created_at) VALUES (${nobody}, ${nobody}, 'ADJUST', 1, 0, 1, now())`,
  },
  { key: 'stock_movements.operator_id', sql: `UPDATE stock_movements SET operator_id = ${nobody} WHERE type = 'ADJUST'` },
  {
    key: 'wallet_transactions.order_id',
    sql: `UPDATE wallet_transactions SET order_id = ${nobody} WHERE type = 'PAYMENT' AND order_id = ${paidWithCoupon}`,
    also: ['order-debit'],
  },
  {
    key: 'wallet_transactions.user_id',
    sql: `INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, created_at) VALUES (${nobody}, ${nobody}, 'CHARGE', 1, 0, 1, now())`,
  },
  { key: 'wallet_transactions.operator_id', sql: `UPDATE wallet_transactions SET operator_id = ${nobody} WHERE type = 'CHARGE'` },
  {
    key: 'issued_coupons.order_id',
    sql: `UPDATE issued_coupons SET order_id = ${nobody} WHERE status = 'USED'`,
    also: ['coupon-use', 'order-coupon'],
  },
  {
    key: 'issued_coupons.coupon_id',
    sql: `UPDATE issued_coupons SET coupon_id = ${nobody} WHERE status = 'AVAILABLE'`,
    also: ['coupon-issued'],
  },
  { key: 'issued_coupons.user_id', sql: `UPDATE issued_coupons SET user_id = ${nobody} WHERE status = 'AVAILABLE'` },
  { key: 'coupon_history.order_id', sql: `UPDATE coupon_history SET order_id = ${nobody} WHERE action = 'USED'` },
  {
    key: 'coupon_history.issued_coupon_id',
    sql: `INSERT INTO coupon_history (issued_coupon_id, id, action, created_at) VALUES (${nobody}, ${nobody}, 'EXPIRED', now())`,
  },
];

/** The keys, as table.column, that are proven to be looked at. */
export const danglingKeys = dangling.map(({ key }) => key);

/** One damaged row for each check. */
export const corruptions: Corruption[] = [
  { check: 'wallet-balance', what: 'a balance that nobody charged', sql: 'UPDATE wallets SET balance = balance + 1 WHERE user_id = (SELECT user_id FROM wallets LIMIT 1)' },
  {
    check: 'wallet-chain',
    what: 'a transaction that begins elsewhere than the one before it ended',
    sql: `UPDATE wallet_transactions SET balance_before = balance_before + 7, balance_after = balance_after + 7
          WHERE id = (SELECT max(id::text)::uuid FROM wallet_transactions)`,
  },
  { check: 'user-wallet', what: 'a user without a wallet', sql: `INSERT INTO users (id, email, name, role, password_hash) VALUES (${nobody}, 'x@x', 'x', 'customer', '!')` },
  {
    check: 'order-debit',
    what: 'a debit that belongs to another order',
    sql: `UPDATE wallet_transactions SET order_id = ${nobody} WHERE type = 'PAYMENT' AND order_id = ${paid}`,
    also: ['references'],
  },
  {
    check: 'order-refund',
    what: 'a refund that belongs to another order',
    sql: `UPDATE wallet_transactions SET order_id = ${nobody} WHERE type = 'REFUND' AND order_id = ${cancelledAfterPayment}`,
    also: ['references'],
  },
  { check: 'stock-sum', what: 'a unit that nobody brought', sql: 'UPDATE variants SET stock = stock + 1' },
  {
    check: 'stock-chain',
    what: 'a movement that begins elsewhere than the one before it ended',
    sql: `UPDATE stock_movements SET stock_before = stock_before + 7, stock_after = stock_after + 7 WHERE id = (SELECT max(id::text)::uuid FROM stock_movements)`,
  },
  {
    check: 'sold-units',
    what: 'a sale that became an adjustment',
    sql: `UPDATE stock_movements SET type = 'ADJUST', order_id = NULL WHERE type = 'SALE' AND order_id = ${paid}`,
    also: ['order-movements'],
  },
  {
    check: 'order-movements',
    what: 'units taken for one order and noted on another',
    sql: `UPDATE stock_movements SET order_id = ${paidWithCoupon} WHERE type = 'SALE' AND order_id = ${paid}`,
  },
  {
    check: 'movement-of-an-item',
    what: 'a movement for an order that does not exist',
    sql: `UPDATE stock_movements SET order_id = ${nobody} WHERE type = 'SALE' AND order_id = ${paid}`,
    also: ['order-movements', 'references'],
  },
  { check: 'variant-price', what: 'a final price that does not follow from its parts', sql: 'UPDATE variants SET additional_price = additional_price + 100' },
  { check: 'coupon-issued', what: 'a coupon counted that was not issued', sql: 'UPDATE coupons SET issued_quantity = issued_quantity + 1' },
  {
    check: 'coupon-history',
    what: 'a use that was never noted',
    sql: `DELETE FROM coupon_history WHERE action = 'USED'`,
  },
  {
    check: 'coupon-use',
    what: "a coupon used by another user's order",
    sql: `UPDATE orders SET user_id = ${nobody} WHERE id = ${paidWithCoupon}`,
    also: ['references'],
  },
  { check: 'order-items', what: 'an item that got dearer after the sale', sql: `UPDATE order_items SET unit_price = unit_price + 100 WHERE order_id = ${failed}` },
  {
    check: 'order-payment',
    what: 'a paid order whose payment is gone',
    sql: `DELETE FROM payments WHERE order_id = ${paid}`,
  },
  {
    check: 'order-coupon',
    what: 'an order whose coupon is free to be used again',
    sql: `UPDATE issued_coupons SET status = 'AVAILABLE', used_at = NULL, order_id = NULL WHERE status = 'USED'`,
    also: ['coupon-history'],
  },
  {
    check: 'failed-order',
    what: 'a failed order that used its coupon',
    sql: `UPDATE orders SET issued_coupon_id = (SELECT id FROM issued_coupons WHERE status = 'AVAILABLE') WHERE id = ${failed};
          INSERT INTO coupon_history (issued_coupon_id, id, action, order_id, created_at)
          SELECT issued_coupon_id, ${nobody}, a.action, id, now() FROM orders, (VALUES ('USED', 1)) AS a (action, n) WHERE id = ${failed};
          INSERT INTO coupon_history (issued_coupon_id, id, action, order_id, created_at)
          SELECT issued_coupon_id, '00000000-0000-7000-8000-000000000001', 'RESTORED', id, now() FROM orders WHERE id = ${failed}`,
  },
  { check: 'order-history', what: 'a status that changed without a line', sql: `UPDATE orders SET delivery_status = 'DELIVERED' WHERE id = ${paid}` },
  { check: 'holds', what: 'a hold that nobody ended', sql: `UPDATE orders SET hold_expires_at = now() - interval '5 minutes' WHERE status = 'PENDING'` },
  { check: 'order-events', what: 'an event that is gone', sql: `DELETE FROM outbox WHERE type = 'openrun.order.paid' AND subject = ${paid}` },
  {
    check: 'order-events',
    what: 'an event that is there twice',
    sql: `INSERT INTO outbox (transaction_id, event_id, type, subject, data, created_at)
          SELECT transaction_id, event_id, type, subject, data, created_at FROM outbox WHERE type = 'openrun.order.failed'`,
  },
  { check: 'coupon-events', what: 'an issue without its event', sql: `DELETE FROM outbox WHERE type = 'openrun.coupon.issued'` },
  { check: 'sales-statistics', what: 'units counted that nobody bought', sql: 'UPDATE product_sales_hourly SET units = units + 1', also: ['daily-sales'] },
  { check: 'daily-sales', what: 'a day that has more units than its hours', sql: 'UPDATE product_sales_daily SET units = units + 1' },
  ...dangling.map(({ key, ...rest }) => ({ check: 'references', what: `${key} of nothing`, ...rest })),
  { check: 'orphans', what: 'a key of a user who does not exist', sql: `UPDATE idempotency_keys SET caller_id = ${nobody}` },
  { check: 'orphans', what: 'a key of an order that does not exist', sql: `UPDATE idempotency_keys SET order_id = ${nobody}` },
];
