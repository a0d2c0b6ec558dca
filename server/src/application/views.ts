import type { ChangedBy, DeliveryStatus, Order, OrderStatus } from '../domain/order.ts';
import type { DiscountTerms, IssuedCouponStatus } from '../domain/coupon.ts';
import type { ProductStatus } from '../domain/product.ts';
import type { OrderFailureReason } from '../domain/refusal.ts';
import { timeText } from '../domain/time-text.ts';
import type { Role } from '../domain/user.ts';
import type { WalletTransactionType } from '../domain/wallet.ts';

/** What the API shows. Times are ISO 8601 in UTC, money is won, texts are in the reader's language. */

export type Language = 'ko' | 'en';

export interface UserView {
  userId: string;
  email: string;
  name: string;
  phone: string | null;
  role: Role;
  createdAt: string;
}

export interface BalanceView {
  userId: string;
  currentBalance: number;
}

export interface WalletTransactionView {
  transactionId: string;
  type: WalletTransactionType;
  amount: number;
  balanceBefore: number;
  balanceAfter: number;
  orderId: string | null;
  reason: string | null;
  createdAt: string;
}

export interface ProductView {
  productId: string;
  name: string;
  price: number;
  stock: number;
  category: string;
  status: ProductStatus;
  imageUrl: string | null;
}

export interface VariantView {
  variantId: string;
  name: string;
  options: { name: string; value: string }[];
  additionalPrice: number;
  price: number;
  stock: number;
}

export interface ProductDetailView extends ProductView {
  description: string;
  images: { url: string; isMain: boolean; position: number }[];
  options: { name: string; values: string[] }[];
  variants: VariantView[];
  createdAt: string;
}

export interface TopProductView {
  productId: string;
  name: string;
  price: number;
  totalSales: number;
}

export interface OrderItemView {
  productId: string;
  variantId: string;
  quantity: number;
  unitPrice: number;
}

/** An order as it is answered at once, and as it is listed. */
export interface OrderView {
  orderId: string;
  userId: string;
  orderStatus: OrderStatus;
  deliveryStatus: DeliveryStatus | null;
  itemsPrice: number;
  discountAmount: number;
  totalPrice: number;
  failureReason: OrderFailureReason | null;
  issuedCouponId: string | null;
  createdAt: string;
  paidAt: string | null;
  /** Until when an unpaid order holds its stock and coupon. */
  holdExpiresAt: string | null;
  cancelledAt: string | null;
  items: OrderItemView[];
}

/** An order as plain JSON. */
export function orderView(order: Order): OrderView {
  const { orderId, userId, status, deliveryStatus, itemsPrice, discountAmount, totalPrice, failureReason, issuedCouponId, items } = order;
  return {
    orderId, userId, orderStatus: status, deliveryStatus, itemsPrice, discountAmount, totalPrice, failureReason, issuedCouponId, items,
    createdAt: timeText(order.createdAt),
    paidAt: order.paidAt && timeText(order.paidAt),
    holdExpiresAt: order.holdExpiresAt && timeText(order.holdExpiresAt),
    cancelledAt: order.cancelledAt && timeText(order.cancelledAt),
  };
}

export interface OrderDetailView extends Omit<OrderView, 'items'> {
  items: (OrderItemView & { productName: string; variantName: string })[];
  payments: {
    paymentId: string;
    status: 'SUCCESS' | 'FAILED';
    amount: number;
    failureReason: OrderFailureReason | null;
    createdAt: string;
  }[];
  statusHistory: {
    orderStatus: OrderStatus;
    deliveryStatus: DeliveryStatus | null;
    reason: string | null;
    changedBy: ChangedBy;
    createdAt: string;
  }[];
}

export interface CouponView extends DiscountTerms {
  couponId: string;
  name: string;
  totalQuantity: number;
  issuedQuantity: number;
  /** Live. */
  remainingQuantity: number;
  startsAt: string;
  endsAt: string;
  lifeDays: number;
}

/** The answer to an issue. */
export interface IssuedView {
  issuedCouponId: string;
  couponId: string;
  userId: string;
  /** The buyer's place: the 37th of 100. */
  sequence: number;
  status: IssuedCouponStatus;
  issuedAt: string;
  expiresAt: string;
}

/** An issued coupon as its owner sees it. */
export interface IssuedCouponView extends IssuedView, DiscountTerms {
  name: string;
  usedAt: string | null;
  orderId: string | null;
}

export interface CartItemView {
  cartItemId: string;
  productId: string;
  variantId: string;
  productName: string;
  variantName: string;
  imageUrl: string | null;
  quantity: number;
  /** Price of one unit, live. */
  price: number;
  linePrice: number;
  /** Live. */
  stock: number;
  /** Whether it could be ordered now: on sale, and enough in stock. */
  orderable: boolean;
}

export interface CartView {
  userId: string;
  items: CartItemView[];
  /** What the orderable items cost. */
  itemsPrice: number;
}
