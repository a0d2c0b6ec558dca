import type { Won } from './money.ts';
import type { OrderFailureReason } from './refusal.ts';

/** The name says what happened; together with the data it becomes a CloudEvents 1.0 message on its way to the data platform. */
export type OrderEventType = 'openrun.order.paid' | 'openrun.order.failed' | 'openrun.order.cancelled';

export interface OrderEventData {
  orderId: string;
  userId: string;
  itemsPrice: Won;
  discountAmount: Won;
  totalPrice: Won;
  issuedCouponId: string | null;
  /** ISO 8601, UTC; the hour in which the sales statistics count the order. Null when it was never paid. */
  paidAt: string | null;
  failureReason: OrderFailureReason | null;
  items: { productId: string; variantId: string; quantity: number; unitPrice: Won }[];
}

export interface CouponIssuedData {
  couponId: string;
  issuedCouponId: string;
  userId: string;
  sequence: number;
  issuedAt: string;
  expiresAt: string;
}

interface EventHead {
  /** Stable, so that a consumer can drop repeats. */
  eventId: string;
  /** What the event is about, and the key in whose order it is published: the id of the order or of the issued coupon. */
  subject: string;
  createdAt: Date;
}

/** Recorded in the outbox by the transaction that makes it true. */
export type OutboxEvent = EventHead &
  ({ type: OrderEventType; data: OrderEventData } | { type: 'openrun.coupon.issued'; data: CouponIssuedData });
