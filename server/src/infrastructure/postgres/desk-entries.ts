import type { RecordedAnswer } from '../../application/ports.ts';
import type { Books } from '../../domain/books.ts';
import type { CartItem } from '../../domain/cart.ts';
import type { Coupon, CouponHistoryLine, IssuedCoupon, NewIssuedCoupon } from '../../domain/coupon.ts';
import type { OutboxEvent } from '../../domain/event.ts';
import type { OperatorAction } from '../../domain/operator-action.ts';
import type { Order, OrderItem, OrderStatusChange, Payment } from '../../domain/order.ts';
import type { StockMovement, Variant } from '../../domain/product.ts';
import type { Wallet, WalletTransaction } from '../../domain/wallet.ts';
import { assertInvariant } from '../../domain/refusal.ts';
import type { Packet, Statements } from './packet.ts';
import { insertAnswers } from './recorded-answers.ts';
import { insertAll, saveTogether, updateAll } from './set-statements.ts';

/**
 * Sends what the decisions wrote, and the answers to be recorded under Idempotency-Keys: all tables that have something to write
 * together, and two statements for carts, where a new item may take the place of a removed one. Gives their promises for the caller to
 * await together with COMMIT.
 */
export function saveEntries(packet: Packet, { entries, now }: Books, answers: RecordedAnswer[] = []): Promise<unknown>[] {
  const items = entries.newOrders.flatMap(({ orderId, items: sold }) => sold.map((item, position) => ({ ...item, orderId, position })));
  const issuedNow = new Set(entries.newIssuedCoupons.map(({ issuedCouponId }) => issuedCouponId));
  // Its owner cannot know it yet. And what one statement inserts, it cannot update.
  assertInvariant(entries.changedIssuedCoupons.keys().every((id) => !issuedNow.has(id)), 'a coupon would be issued and used in one transaction');
  const changedCoupons = [...entries.changedIssuedCoupons.values()].map((coupon) => ({ ...coupon, usedAt: coupon.status === 'USED' ? now : null }));
  const cartItems = [...entries.cartItems.values()].filter((item) => item !== undefined);
  const removed = [...entries.cartItems].flatMap(([id, item]) => (item ? [] : id));
  return [
    ...saveTogether(packet, [
      insertOrders(entries.newOrders),
      insertOrderItems(items),
      updateOrders(entries.changedOrders.values()),
      insertOrderStatusHistory(entries.orderStatusChanges),
      insertPayments(entries.payments),
      insertIssuedCoupons(entries.newIssuedCoupons),
      updateIssuedCoupons(changedCoupons),
      updateCoupons(entries.changedCoupons.values()),
      insertCouponHistory(entries.couponHistory),
      insertStockMovements(entries.stockMovements),
      updateVariants(entries.changedVariants.values()),
      insertWalletTransactions(entries.walletTransactions),
      updateWallets(entries.changedWallets.values()),
      insertOperatorActions(entries.operatorActions),
      insertOutbox(entries.events),
      insertAnswers(answers.map((answer) => ({ ...answer, now }))),
    ]),
    ...(removed.length > 0 ? [removeCartItems(packet, removed)] : []),
    ...(cartItems.length > 0 ? [saveCartItems(packet, cartItems)] : []),
  ];
}

const insertOrders = insertAll<Order>('orders', {
  id: ['uuid', (o) => o.orderId],
  user_id: ['uuid', (o) => o.userId],
  status: ['text', (o) => o.status],
  delivery_status: ['text', (o) => o.deliveryStatus],
  items_price: ['bigint', (o) => o.itemsPrice],
  discount_amount: ['bigint', (o) => o.discountAmount],
  total_price: ['bigint', (o) => o.totalPrice],
  failure_reason: ['text', (o) => o.failureReason],
  issued_coupon_id: ['uuid', (o) => o.issuedCouponId],
  created_at: ['timestamptz', (o) => o.createdAt],
  paid_at: ['timestamptz', (o) => o.paidAt],
  hold_expires_at: ['timestamptz', (o) => o.holdExpiresAt],
  cancelled_at: ['timestamptz', (o) => o.cancelledAt],
});

const updateOrders = updateAll<Order>(
  'orders',
  { id: ['uuid', (o) => o.orderId] },
  {
    status: ['text', (o) => o.status],
    delivery_status: ['text', (o) => o.deliveryStatus],
    paid_at: ['timestamptz', (o) => o.paidAt],
    hold_expires_at: ['timestamptz', (o) => o.holdExpiresAt],
    cancelled_at: ['timestamptz', (o) => o.cancelledAt],
  },
);

const insertOrderItems = insertAll<OrderItem & { orderId: string; position: number }>('order_items', {
  order_id: ['uuid', (i) => i.orderId],
  variant_id: ['uuid', (i) => i.variantId],
  position: ['smallint', (i) => i.position],
  quantity: ['integer', (i) => i.quantity],
  unit_price: ['bigint', (i) => i.unitPrice],
});

const insertOrderStatusHistory = insertAll<OrderStatusChange>('order_status_history', {
  order_id: ['uuid', (c) => c.orderId],
  id: ['uuid', (c) => c.id],
  status: ['text', (c) => c.status],
  delivery_status: ['text', (c) => c.deliveryStatus],
  reason: ['text', (c) => c.reason],
  changed_by: ['text', (c) => c.changedBy],
  changed_by_user_id: ['uuid', (c) => c.changedByUserId],
  created_at: ['timestamptz', (c) => c.createdAt],
});

const insertPayments = insertAll<Payment>('payments', {
  order_id: ['uuid', (p) => p.orderId],
  id: ['uuid', (p) => p.id],
  status: ['text', (p) => p.status],
  amount: ['bigint', (p) => p.amount],
  failure_reason: ['text', (p) => p.failureReason],
  created_at: ['timestamptz', (p) => p.createdAt],
});

const insertIssuedCoupons = insertAll<NewIssuedCoupon>('issued_coupons', {
  id: ['uuid', (c) => c.issuedCouponId],
  coupon_id: ['uuid', (c) => c.couponId],
  user_id: ['uuid', (c) => c.userId],
  sequence: ['integer', (c) => c.sequence],
  status: ['text', () => 'AVAILABLE'],
  issued_at: ['timestamptz', (c) => c.issuedAt],
  expires_at: ['timestamptz', (c) => c.expiresAt],
});

const updateIssuedCoupons = updateAll<IssuedCoupon & { usedAt: Date | null }>(
  'issued_coupons',
  { id: ['uuid', (c) => c.issuedCouponId] },
  {
    status: ['text', (c) => c.status],
    order_id: ['uuid', (c) => c.orderId],
    used_at: ['timestamptz', (c) => c.usedAt],
  },
  { refersToNewRows: true },
);

const updateCoupons = updateAll<Coupon>(
  'coupons',
  { id: ['uuid', (c) => c.couponId] },
  { issued_quantity: ['integer', (c) => c.issuedQuantity] },
);

const insertCouponHistory = insertAll<CouponHistoryLine>('coupon_history', {
  issued_coupon_id: ['uuid', (h) => h.issuedCouponId],
  id: ['uuid', (h) => h.id],
  action: ['text', (h) => h.action],
  order_id: ['uuid', (h) => h.orderId],
  created_at: ['timestamptz', (h) => h.createdAt],
});

const insertStockMovements = insertAll<StockMovement>('stock_movements', {
  variant_id: ['uuid', (m) => m.variantId],
  id: ['uuid', (m) => m.id],
  type: ['text', (m) => m.type],
  quantity: ['integer', (m) => m.quantity],
  stock_before: ['integer', (m) => m.stockBefore],
  stock_after: ['integer', (m) => m.stockAfter],
  order_id: ['uuid', (m) => m.orderId],
  operator_id: ['uuid', (m) => m.operatorId],
  reason: ['text', (m) => m.reason],
  created_at: ['timestamptz', (m) => m.createdAt],
});

const updateVariants = updateAll<Variant>(
  'variants',
  { id: ['uuid', (v) => v.variantId] },
  { stock: ['integer', (v) => v.stock] },
);

const insertWalletTransactions = insertAll<WalletTransaction>('wallet_transactions', {
  user_id: ['uuid', (t) => t.userId],
  id: ['uuid', (t) => t.id],
  type: ['text', (t) => t.type],
  amount: ['bigint', (t) => t.amount],
  balance_before: ['bigint', (t) => t.balanceBefore],
  balance_after: ['bigint', (t) => t.balanceAfter],
  order_id: ['uuid', (t) => t.orderId],
  operator_id: ['uuid', (t) => t.operatorId],
  reason: ['text', (t) => t.reason],
  created_at: ['timestamptz', (t) => t.createdAt],
});

const updateWallets = updateAll<Wallet>(
  'wallets',
  { user_id: ['uuid', (w) => w.userId] },
  { balance: ['bigint', (w) => w.balance] },
);

const insertOperatorActions = insertAll<OperatorAction>('operator_actions', {
  id: ['uuid', (a) => a.id],
  operator_id: ['uuid', (a) => a.operatorId],
  action: ['text', (a) => a.action],
  subject_type: ['text', (a) => a.subjectType],
  subject_id: ['uuid', (a) => a.subjectId],
  reason: ['text', (a) => a.reason],
  before: ['jsonb', (a) => (a.before === undefined ? null : JSON.stringify(a.before))],
  after: ['jsonb', (a) => (a.after === undefined ? null : JSON.stringify(a.after))],
  created_at: ['timestamptz', (a) => a.createdAt],
});

const insertOutbox = insertAll<OutboxEvent>('outbox', {
  event_id: ['uuid', (e) => e.eventId],
  type: ['text', (e) => e.type],
  subject: ['uuid', (e) => e.subject],
  data: ['jsonb', (e) => JSON.stringify(e.data)],
  created_at: ['timestamptz', (e) => e.createdAt],
});

function removeCartItems(statements: Statements, ids: string[]) {
  return statements.query({ name: 'desk-remove-cart-items', text: 'DELETE FROM cart_items WHERE id = ANY($1::uuid[])', values: [ids] });
}

function saveCartItems(statements: Statements, items: CartItem[]) {
  return statements.query({
    name: 'desk-save-cart-items',
    text: `
      INSERT INTO cart_items (user_id, variant_id, id, quantity)
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[])
      ON CONFLICT (user_id, variant_id) DO UPDATE SET id = excluded.id, quantity = excluded.quantity, updated_at = now()`,
    values: [items.map((i) => i.userId), items.map((i) => i.variantId), items.map((i) => i.cartItemId), items.map((i) => i.quantity)],
  });
}
