import type { PoolClient } from 'pg';
import type { Books } from '../../domain/books.ts';

/**
 * Sends what the decisions wrote, one set-based statement for each table that has something to write. The statements are pipelined
 * in an order that satisfies the foreign keys; gives their promises for the caller to await together with COMMIT.
 */
export function saveEntries(client: PoolClient, books: Books): Promise<unknown>[] {
  const { entries } = books;
  const sent: Promise<unknown>[] = [];
  /** `columns` are parallel arrays, one for each `$n`; a statement without rows is not sent. */
  const send = (name: string, text: string, columns: unknown[][]) => {
    if (columns[0]?.length) sent.push(client.query({ name, text, values: columns }));
  };

  const { orders } = entries;
  send('desk-insert-orders', insertOrders, [
    orders.map((o) => o.orderId), orders.map((o) => o.userId), orders.map((o) => o.status), orders.map((o) => o.deliveryStatus),
    orders.map((o) => o.itemsPrice), orders.map((o) => o.discountAmount), orders.map((o) => o.totalPrice),
    orders.map((o) => o.failureReason), orders.map((o) => o.createdAt), orders.map((o) => o.paidAt),
  ]);
  const items = orders.flatMap((order) => order.items.map((item, position) => ({ ...item, orderId: order.orderId, position })));
  send('desk-insert-order-items', insertOrderItems, [
    items.map((i) => i.orderId), items.map((i) => i.variantId), items.map((i) => i.position), items.map((i) => i.quantity),
    items.map((i) => i.unitPrice),
  ]);
  const changes = entries.orderStatusChanges;
  send('desk-insert-order-status-history', insertOrderStatusHistory, [
    changes.map((c) => c.orderId), changes.map((c) => c.id), changes.map((c) => c.status), changes.map((c) => c.deliveryStatus),
    changes.map((c) => c.reason), changes.map((c) => c.changedBy), changes.map((c) => c.changedByUserId), changes.map((c) => c.createdAt),
  ]);
  const { payments } = entries;
  send('desk-insert-payments', insertPayments, [
    payments.map((p) => p.orderId), payments.map((p) => p.id), payments.map((p) => p.status), payments.map((p) => p.amount),
    payments.map((p) => p.failureReason), payments.map((p) => p.createdAt),
  ]);
  const movements = entries.stockMovements;
  send('desk-insert-stock-movements', insertStockMovements, [
    movements.map((m) => m.variantId), movements.map((m) => m.id), movements.map((m) => m.type), movements.map((m) => m.quantity),
    movements.map((m) => m.stockBefore), movements.map((m) => m.stockAfter), movements.map((m) => m.orderId),
    movements.map((m) => m.operatorId), movements.map((m) => m.createdAt),
  ]);
  const transactions = entries.walletTransactions;
  send('desk-insert-wallet-transactions', insertWalletTransactions, [
    transactions.map((t) => t.userId), transactions.map((t) => t.id), transactions.map((t) => t.type), transactions.map((t) => t.amount),
    transactions.map((t) => t.balanceBefore), transactions.map((t) => t.balanceAfter), transactions.map((t) => t.orderId),
    transactions.map((t) => t.createdAt),
  ]);
  const { events } = entries;
  send('desk-insert-outbox', insertOutbox, [
    events.map((e) => e.eventId), events.map((e) => e.type), events.map((e) => e.subject), events.map((e) => JSON.stringify(e.data)),
    events.map((e) => e.createdAt),
  ]);

  const stock = new Map(movements.map(({ variantId, stockAfter }) => [variantId, stockAfter]));
  send('desk-update-variants', updateVariants, [[...stock.keys()], [...stock.values()]]);
  const balances = new Map(transactions.map(({ userId, balanceAfter }) => [userId, balanceAfter]));
  send('desk-update-wallets', updateWallets, [[...balances.keys()], [...balances.values()]]);
  return sent;
}

const insertOrders = `
  INSERT INTO orders
    (id, user_id, status, delivery_status, items_price, discount_amount, total_price, failure_reason, created_at, paid_at)
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::timestamptz[],
    $10::timestamptz[])`;

const insertOrderItems = `
  INSERT INTO order_items (order_id, variant_id, position, quantity, unit_price)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::integer[], $5::bigint[])`;

const insertOrderStatusHistory = `
  INSERT INTO order_status_history
    (order_id, id, status, delivery_status, reason, changed_by, changed_by_user_id, created_at)
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[])`;

const insertPayments = `
  INSERT INTO payments (order_id, id, status, amount, failure_reason, created_at)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[])`;

const insertStockMovements = `
  INSERT INTO stock_movements
    (variant_id, id, type, quantity, stock_before, stock_after, order_id, operator_id, created_at)
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::integer[], $6::integer[], $7::uuid[], $8::uuid[], $9::timestamptz[])`;

const insertWalletTransactions = `
  INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, order_id, created_at)
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], $8::timestamptz[])`;

const insertOutbox = `
  INSERT INTO outbox (event_id, type, subject, data, created_at)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::timestamptz[])`;

// The rows are locked, so the values decided on are still the values to replace.
const updateVariants = `
  UPDATE variants SET stock = s.stock, updated_at = now()
  FROM unnest($1::uuid[], $2::integer[]) AS s (id, stock) WHERE variants.id = s.id`;

const updateWallets = `
  UPDATE wallets SET balance = b.balance, updated_at = now()
  FROM unnest($1::uuid[], $2::bigint[]) AS b (user_id, balance) WHERE wallets.user_id = b.user_id`;
