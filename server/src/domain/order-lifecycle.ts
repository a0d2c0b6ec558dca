import type { Books } from './books.ts';
import { hasExpired } from './coupon.ts';
import { type Actor, type DeliveryStatus, type Order, type OrderStatus, settlePayment } from './order.ts';
import { Refusal } from './refusal.ts';
import type { Rules } from './rules.ts';

/** Where an order can go from each status. `docs/domain.md` draws this table and is checked against it. */
export const orderTransitions: Record<OrderStatus, readonly OrderStatus[]> = {
  PENDING: ['SUCCESS', 'CANCELLED'],
  SUCCESS: ['CANCELLED'],
  FAILED: [],
  CANCELLED: [],
};

/** Where a delivery can go, once the order is paid and not cancelled. */
export const deliveryTransitions: Record<DeliveryStatus, readonly DeliveryStatus[]> = {
  PREPARING: ['SHIPPING'],
  SHIPPING: ['DELIVERED'],
  DELIVERED: [],
};

/** Up to which delivery status a paid order can still be cancelled, by who asks. */
const cancellable: Record<Actor['changedBy'], readonly DeliveryStatus[]> = {
  USER: ['PREPARING'],
  OPERATOR: ['PREPARING', 'SHIPPING'],
  SYSTEM: [],
};

/**
 * Pays a PENDING order. Gives whether it is paid now: without the balance for it, the attempt is kept as a FAILED payment and the order stays
 * payable until its hold ends.
 *
 * Refuses, in this order: ORDER_NOT_FOUND, ORDER_NOT_PENDING, HOLD_EXPIRED.
 */
export function decidePay(books: Books, orderId: string, actor: Actor): { order: Order; paid: boolean } {
  const order = findOrder(books, orderId);
  if (!orderTransitions[order.status].includes('SUCCESS')) throw new Refusal('ORDER_NOT_PENDING', { orderStatus: order.status });
  if (holdHasEnded(order, books.now)) throw new Refusal('HOLD_EXPIRED');

  // From here it must succeed.
  const paid = (books.wallet(order.userId)?.balance ?? 0) >= order.totalPrice;
  if (paid) settlePayment(books, order, actor);
  else books.recordPayment(order, 'INSUFFICIENT_BALANCE');
  return { order, paid };
}

/**
 * Cancels an order: a PENDING one gives up its hold; of a paid one the money, the stock and, if it is still in date, the coupon go back.
 *
 * Refuses, in this order: ORDER_NOT_FOUND, ORDER_NOT_CANCELLABLE, BALANCE_LIMIT_EXCEEDED (the refund would not fit into the wallet).
 */
export function decideCancel(books: Books, rules: Rules, orderId: string, actor: Actor, reason: string | null): Order {
  const order = findOrder(books, orderId);
  const { status, deliveryStatus, totalPrice } = order;
  const tooLate = status === 'SUCCESS' && !(deliveryStatus && cancellable[actor.changedBy].includes(deliveryStatus));
  if (!orderTransitions[status].includes('CANCELLED') || tooLate) {
    throw new Refusal('ORDER_NOT_CANCELLABLE', { orderStatus: status, ...(deliveryStatus && { deliveryStatus }) });
  }
  const balance = books.wallet(order.userId)?.balance ?? 0;
  if (status === 'SUCCESS' && balance + totalPrice > rules.walletBalanceMax) {
    throw new Refusal('BALANCE_LIMIT_EXCEEDED', { currentBalance: balance, maximum: rules.walletBalanceMax });
  }

  // From here it must succeed.
  if (status === 'SUCCESS' && totalPrice > 0) books.changeBalance(order.userId, 'REFUND', totalPrice, { orderId });
  cancel(books, order, actor, reason);
  return order;
}

/** Ends the hold of an unpaid order whose time is over; gives false, and changes nothing, where it was paid, cancelled or ended meanwhile. */
export function decideExpireHold(books: Books, orderId: string): boolean {
  const order = books.order(orderId);
  if (order?.status !== 'PENDING' || !holdHasEnded(order, books.now)) return false;
  cancel(books, order, { changedBy: 'SYSTEM', userId: null }, 'HOLD_EXPIRED');
  return true;
}

/** Moves a delivery on. Refuses ORDER_NOT_FOUND, INVALID_DELIVERY_TRANSITION. */
export function decideDelivery(books: Books, orderId: string, next: DeliveryStatus, actor: Actor): Order {
  const order = findOrder(books, orderId);
  const { status, deliveryStatus } = order;
  if (status !== 'SUCCESS' || !deliveryStatus || !deliveryTransitions[deliveryStatus].includes(next)) {
    throw new Refusal('INVALID_DELIVERY_TRANSITION', { orderStatus: status, ...(deliveryStatus && { deliveryStatus }) });
  }
  order.deliveryStatus = next;
  books.recordStatus(order, actor, null);
  return order;
}

function cancel(books: Books, order: Order, actor: Actor, reason: string | null): void {
  const movement = order.status === 'PENDING' ? 'RELEASE' : 'CANCEL';
  for (const { variantId, quantity } of order.items) books.changeStock(variantId, movement, quantity, { orderId: order.orderId });
  const coupon = order.issuedCouponId === null ? undefined : books.issuedCoupon(order.issuedCouponId);
  if (coupon && !hasExpired(coupon, books.now)) books.restoreCoupon(coupon.issuedCouponId, order.orderId);
  order.status = 'CANCELLED';
  order.holdExpiresAt = null;
  order.cancelledAt = books.now;
  books.recordStatus(order, actor, reason);
  books.recordOrderEvent('openrun.order.cancelled', order);
}

function holdHasEnded({ holdExpiresAt }: Order, now: Date): boolean {
  return holdExpiresAt === null || now >= holdExpiresAt;
}

function findOrder(books: Books, orderId: string): Order {
  const order = books.order(orderId);
  if (!order) throw new Refusal('ORDER_NOT_FOUND');
  return order;
}
