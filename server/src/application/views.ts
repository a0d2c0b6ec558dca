import type { ChangedBy, DeliveryStatus, OrderStatus } from '../domain/order.ts';
import type { ProductStatus } from '../domain/product.ts';
import type { OrderFailureReason } from '../domain/refusal.ts';
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
  createdAt: string;
  paidAt: string | null;
  items: OrderItemView[];
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
