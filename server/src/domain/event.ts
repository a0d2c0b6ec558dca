import type { Won } from './money.ts';
import type { OrderFailureReason } from './refusal.ts';

/** The name says what happened; together with the data it becomes a CloudEvents 1.0 message on its way to the data platform. */
export type OrderEventType = 'openrun.order.paid' | 'openrun.order.failed';

export interface OrderEventData {
  orderId: string;
  userId: string;
  itemsPrice: Won;
  discountAmount: Won;
  totalPrice: Won;
  /** ISO 8601, UTC; the hour in which the sales statistics count the order. Null when it was never paid. */
  paidAt: string | null;
  failureReason: OrderFailureReason | null;
  items: { productId: string; variantId: string; quantity: number; unitPrice: Won }[];
}

/** Recorded in the outbox by the transaction that makes it true. `eventId` is stable, so that a consumer can drop repeats. */
export interface OrderEvent {
  eventId: string;
  type: OrderEventType;
  /** What the event is about, and the key in whose order it is published: the order's id. */
  subject: string;
  data: OrderEventData;
  createdAt: Date;
}
