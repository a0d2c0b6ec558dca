import { type Won, priceMax } from './money.ts';
import type { Rules } from './rules.ts';

export const productStatuses = ['ON_SALE', 'SUSPENDED'] as const;
export type ProductStatus = (typeof productStatuses)[number];

export type StockMovementType = 'SALE' | 'RELEASE' | 'CANCEL' | 'ADJUST';

/** A variant as a sale decides on it: its row is locked, and an operator changes its product only while holding that lock. */
export interface Variant {
  variantId: string;
  productId: string;
  productStatus: ProductStatus;
  /** Final price of one unit: the product's base price plus the variant's additional price. */
  price: Won;
  stock: number;
}

/** One change of a variant's stock; `stockBefore` of each is `stockAfter` of the one before it. */
export interface StockMovement {
  id: string;
  variantId: string;
  type: StockMovementType;
  /** Signed: what is added to the stock. */
  quantity: number;
  stockBefore: number;
  stockAfter: number;
  orderId: string | null;
  operatorId: string | null;
  createdAt: Date;
}

/** Whether a price is one that a product or variant may have: positive, a multiple of the price step, at most `priceMax`. */
export function isPriceAllowed(price: Won, rules: Rules): boolean {
  return Number.isSafeInteger(price) && price > 0 && price <= priceMax && price % rules.priceStep === 0;
}
