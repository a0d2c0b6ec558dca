import type { Books } from './books.ts';
import type { OrderEventType } from './event.ts';
import type { Won } from './money.ts';
import type { Variant } from './product.ts';
import { type OrderFailureReason, Refusal } from './refusal.ts';

export const orderStatuses = ['PENDING', 'SUCCESS', 'FAILED', 'CANCELLED'] as const;
export type OrderStatus = (typeof orderStatuses)[number];
export const deliveryStatuses = ['PREPARING', 'SHIPPING', 'DELIVERED'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** An order has 1 to 100 distinct variants, each 1 to 1,000 units. */
export const orderVariantsMax = 100;
export const itemQuantityMax = 1_000;

/** What a buyer asks for. Without `variantId` the product's only variant is meant. */
export interface OrderLine {
  productId: string;
  variantId?: string | undefined;
  quantity: number;
}

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
  items: OrderItem[];
  createdAt: Date;
  paidAt: Date | null;
}

export type ChangedBy = 'USER' | 'OPERATOR' | 'SYSTEM';

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

export interface PlaceOrder {
  userId: string;
  lines: OrderLine[];
  changedBy: ChangedBy;
  changedByUserId: string;
}

interface PricedLine {
  variant: Variant;
  quantity: number;
}

/**
 * Creates an order and pays it in one step. Gives the order, SUCCESS or FAILED: a FAILED one is kept with its reason and changes
 * neither stock nor balance.
 *
 * Refuses without keeping an order, in this order: USER_NOT_FOUND, PRODUCT_NOT_FOUND, VARIANT_NOT_FOUND, VARIANT_REQUIRED,
 * INVALID_QUANTITY, TOO_MANY_ITEMS. Fails, in this order: PRODUCT_NOT_ON_SALE, OUT_OF_STOCK, INSUFFICIENT_BALANCE.
 */
export function decideOrder(books: Books, request: PlaceOrder): Order {
  const wallet = books.wallet(request.userId);
  if (!wallet) throw new Refusal('USER_NOT_FOUND');
  const lines = mergeLines(books, request.lines);
  const itemsPrice = lines.reduce((sum, { variant, quantity }) => sum + variant.price * quantity, 0);
  const failureReason = whyNot(lines, itemsPrice, wallet.balance);

  // From here it must succeed.
  const order: Order = {
    orderId: books.newId(),
    userId: request.userId,
    status: failureReason ? 'FAILED' : 'SUCCESS',
    deliveryStatus: failureReason ? null : 'PREPARING',
    itemsPrice,
    discountAmount: 0,
    totalPrice: itemsPrice,
    failureReason,
    items: lines.map(({ variant: { productId, variantId, price }, quantity }) => ({ productId, variantId, quantity, unitPrice: price })),
    createdAt: books.now,
    paidAt: failureReason ? null : books.now,
  };
  if (!failureReason) {
    for (const item of order.items) books.changeStock(item.variantId, 'SALE', -item.quantity, order.orderId);
    if (order.totalPrice > 0) books.changeBalance(order.userId, 'PAYMENT', -order.totalPrice, order.orderId);
  }
  recordOrder(books, order, request);
  return order;
}

/** Finds the variant that each line means and adds up the lines of one variant, in the order in which they were first named. */
function mergeLines(books: Books, requested: OrderLine[]): PricedLine[] {
  const merged = new Map<string, PricedLine>();
  for (const { productId, variantId, quantity } of requested) {
    const variant = findVariant(books, productId, variantId);
    const line = merged.get(variant.variantId);
    if (line) line.quantity += quantity;
    else merged.set(variant.variantId, { variant, quantity });
  }
  const lines = [...merged.values()];
  for (const { variant, quantity } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > itemQuantityMax) {
      throw new Refusal('INVALID_QUANTITY', { variantId: variant.variantId, minimum: 1, maximum: itemQuantityMax });
    }
  }
  if (lines.length < 1 || lines.length > orderVariantsMax) {
    throw new Refusal('TOO_MANY_ITEMS', { minimum: 1, maximum: orderVariantsMax });
  }
  return lines;
}

function findVariant(books: Books, productId: string, variantId: string | undefined): Variant {
  if (variantId !== undefined) {
    const variant = books.variant(variantId);
    if (variant?.productId !== productId) throw new Refusal('VARIANT_NOT_FOUND', { productId, variantId });
    return variant;
  }
  const [only, ...others] = books.variantsOf(productId);
  if (!only) throw new Refusal('PRODUCT_NOT_FOUND', { productId });
  if (others.length > 0) throw new Refusal('VARIANT_REQUIRED', { productId });
  return only;
}

function whyNot(lines: PricedLine[], totalPrice: Won, balance: Won): OrderFailureReason | null {
  if (lines.some(({ variant }) => variant.productStatus !== 'ON_SALE')) return 'PRODUCT_NOT_ON_SALE';
  if (lines.some(({ variant, quantity }) => variant.stock < quantity)) return 'OUT_OF_STOCK';
  if (balance < totalPrice) return 'INSUFFICIENT_BALANCE';
  return null;
}

/** Writes down the order with its first status, its payment attempt and the event for the data platform. */
function recordOrder(books: Books, order: Order, by: { changedBy: ChangedBy; changedByUserId: string }): void {
  const { orderId, status, deliveryStatus, failureReason, createdAt } = order;
  books.entries.orders.push(order);
  books.entries.orderStatusChanges.push({
    id: books.newId(), orderId, status, deliveryStatus, reason: failureReason,
    changedBy: by.changedBy, changedByUserId: by.changedByUserId, createdAt,
  });
  books.entries.payments.push({
    id: books.newId(), orderId, status: failureReason ? 'FAILED' : 'SUCCESS', amount: order.totalPrice, failureReason, createdAt,
  });
  recordEvent(books, failureReason ? 'openrun.order.failed' : 'openrun.order.paid', order);
}

function recordEvent(books: Books, type: OrderEventType, order: Order): void {
  const { orderId, userId, itemsPrice, discountAmount, totalPrice, failureReason, items } = order;
  books.entries.events.push({
    eventId: books.newId(),
    type,
    subject: orderId,
    data: {
      orderId, userId, itemsPrice, discountAmount, totalPrice, paidAt: order.paidAt?.toISOString() ?? null, failureReason, items,
    },
    createdAt: books.now,
  });
}
