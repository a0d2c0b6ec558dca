import type { Books } from './books.ts';
import { type IssuedCoupon, discountOf, whyNotUsable } from './coupon.ts';
import type { Won } from './money.ts';
import { type OrderLine, type PricedLine, mergeLines, priceOf } from './order-lines.ts';
import { type OrderFailureReason, Refusal } from './refusal.ts';

export const orderStatuses = ['PENDING', 'SUCCESS', 'FAILED', 'CANCELLED'] as const;
export type OrderStatus = (typeof orderStatuses)[number];
export const deliveryStatuses = ['PREPARING', 'SHIPPING', 'DELIVERED'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface OrderItem {
  productId: string;
  variantId: string;
  quantity: number;
  /** As sold: later price changes do not touch it. */
  unitPrice: Won;
}

export interface Order {
  orderId: string;
  userId: string;
  status: OrderStatus;
  deliveryStatus: DeliveryStatus | null;
  itemsPrice: Won;
  discountAmount: Won;
  /** What is paid: `itemsPrice` less `discountAmount`. */
  totalPrice: Won;
  failureReason: OrderFailureReason | null;
  issuedCouponId: string | null;
  items: OrderItem[];
  createdAt: Date;
  paidAt: Date | null;
  /** Until when an unpaid order holds its stock and coupon. */
  holdExpiresAt: Date | null;
  cancelledAt: Date | null;
}

export type ChangedBy = 'USER' | 'OPERATOR' | 'SYSTEM';

/** Who makes a change; the system has no account. */
export type Actor = { changedBy: 'USER' | 'OPERATOR'; userId: string } | { changedBy: 'SYSTEM'; userId: null };

/** One line of the order status history: both statuses after the change, why, and who made it. */
export interface OrderStatusChange {
  id: string;
  orderId: string;
  status: OrderStatus;
  deliveryStatus: DeliveryStatus | null;
  reason: string | null;
  changedBy: ChangedBy;
  changedByUserId: string | null;
  createdAt: Date;
}

/** One attempt to pay. */
export interface Payment {
  id: string;
  orderId: string;
  status: 'SUCCESS' | 'FAILED';
  amount: Won;
  failureReason: OrderFailureReason | null;
  createdAt: Date;
}

export interface OrderTerms {
  userId: string;
  lines: OrderLine[];
  issuedCouponId?: string | undefined;
  actor: Actor;
}

/**
 * Creates an order and pays it in one step. Gives the order, SUCCESS or FAILED: a FAILED one is kept with its reason and changes
 * neither stock, balance nor coupon.
 *
 * Refuses without keeping an order, in this order: USER_NOT_FOUND, what `mergeLines` refuses, ISSUED_COUPON_NOT_FOUND (also for
 * another's coupon). Fails, in this order: PRODUCT_NOT_ON_SALE, OUT_OF_STOCK, COUPON_NOT_USABLE, INSUFFICIENT_BALANCE.
 */
export function decideOrder(books: Books, terms: OrderTerms): Order {
  const draft = draftOrder(books, terms);
  const balance = books.wallet(terms.userId)?.balance ?? 0;
  const failureReason = draft.failureReason ?? (balance < draft.order.totalPrice ? 'INSUFFICIENT_BALANCE' : null);
  // From here it must succeed.
  const { order } = draft;
  if (failureReason) {
    fail(books, order, failureReason, terms.actor);
    books.recordPayment(order, failureReason);
  } else {
    books.insertOrder(order);
    takeStockAndCoupon(books, order);
    settlePayment(books, order, terms.actor);
  }
  return order;
}

/**
 * Creates an order that holds its stock and coupon for `holdMinutes`, to be paid later. Gives it, PENDING or FAILED. Refuses and
 * fails like `decideOrder`, except that the balance is not looked at yet.
 */
export function decideHold(books: Books, terms: OrderTerms, holdMinutes: number): Order {
  const { order, failureReason } = draftOrder(books, terms);
  // From here it must succeed.
  if (failureReason) {
    fail(books, order, failureReason, terms.actor);
  } else {
    order.holdExpiresAt = new Date(books.now.getTime() + holdMinutes * 60_000);
    books.insertOrder(order);
    takeStockAndCoupon(books, order);
    books.recordStatus(order, terms.actor, null);
  }
  return order;
}

/** Gives the order as `decideOrder` gave it, whatever has become of it since. */
export function asPlaced(order: Order): Order {
  if (order.status === 'FAILED') return order;
  return { ...order, status: 'SUCCESS', deliveryStatus: 'PREPARING', paidAt: order.createdAt, cancelledAt: null };
}

/** Pays a PENDING order: money down, status up, event recorded. Everything has been checked by the caller. */
export function settlePayment(books: Books, order: Order, actor: Actor): void {
  if (order.totalPrice > 0) books.changeBalance(order.userId, 'PAYMENT', -order.totalPrice, { orderId: order.orderId });
  order.status = 'SUCCESS';
  order.deliveryStatus = 'PREPARING';
  order.paidAt = books.now;
  order.holdExpiresAt = null;
  books.recordStatus(order, actor, null);
  books.recordPayment(order, null);
  books.recordOrderEvent('openrun.order.paid', order);
}

function fail(books: Books, order: Order, failureReason: OrderFailureReason, actor: Actor): void {
  order.status = 'FAILED';
  order.failureReason = failureReason;
  books.insertOrder(order);
  books.recordStatus(order, actor, failureReason);
  books.recordOrderEvent('openrun.order.failed', order);
}

function takeStockAndCoupon(books: Books, { orderId, items, issuedCouponId }: Order): void {
  for (const { variantId, quantity } of items) books.changeStock(variantId, 'SALE', -quantity, { orderId });
  if (issuedCouponId !== null) books.useCoupon(issuedCouponId, orderId);
}

/** The order as it would be, not yet in the books, and why it cannot be. */
function draftOrder(books: Books, terms: OrderTerms): { order: Order; failureReason: OrderFailureReason | null } {
  if (!books.wallet(terms.userId)) throw new Refusal('USER_NOT_FOUND');
  const lines = mergeLines(books, terms.lines);
  const coupon = terms.issuedCouponId === undefined ? undefined : books.issuedCoupon(terms.issuedCouponId);
  // Another's coupon answers like one that does not exist: ids tell nothing.
  if (terms.issuedCouponId !== undefined && coupon?.userId !== terms.userId) throw new Refusal('ISSUED_COUPON_NOT_FOUND');

  const itemsPrice = priceOf(lines);
  const failureReason = whyNot(lines, itemsPrice, coupon, books.now);
  const discountAmount = coupon && failureReason !== 'COUPON_NOT_USABLE' ? discountOf(coupon, itemsPrice) : 0;
  const order: Order = {
    orderId: books.newId(),
    userId: terms.userId,
    status: 'PENDING',
    deliveryStatus: null,
    itemsPrice,
    discountAmount,
    totalPrice: itemsPrice - discountAmount,
    failureReason: null,
    issuedCouponId: coupon?.issuedCouponId ?? null,
    items: lines.map(({ variant: { productId, variantId, price }, quantity }) => ({ productId, variantId, quantity, unitPrice: price })),
    createdAt: books.now,
    paidAt: null,
    holdExpiresAt: null,
    cancelledAt: null,
  };
  return { order, failureReason };
}

function whyNot(lines: PricedLine[], itemsPrice: Won, coupon: IssuedCoupon | undefined, now: Date): OrderFailureReason | null {
  if (lines.some(({ variant }) => variant.productStatus !== 'ON_SALE')) return 'PRODUCT_NOT_ON_SALE';
  if (lines.some(({ variant, quantity }) => variant.stock < quantity)) return 'OUT_OF_STOCK';
  if (coupon && whyNotUsable(coupon, itemsPrice, now)) return 'COUPON_NOT_USABLE';
  return null;
}
