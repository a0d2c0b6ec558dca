import type { Books } from './books.ts';
import { type Won, priceMax } from './money.ts';
import { Refusal } from './refusal.ts';
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
  reason: string | null;
  createdAt: Date;
}

/** Whether a price is one that a product or variant may have: positive, a multiple of the price step, at most `priceMax`. */
export function isPriceAllowed(price: Won, rules: Rules): boolean {
  return Number.isSafeInteger(price) && price > 0 && price <= priceMax && price % rules.priceStep === 0;
}

/** The most units of one variant; the column is a 32-bit integer. */
export const stockMax = 1_000_000_000;

/**
 * Changes stock by a signed number of units, with a reason. Gives the variant afterwards.
 *
 * Refuses, in this order: VARIANT_NOT_FOUND, OUT_OF_STOCK (it would fall below 0), STOCK_LIMIT_EXCEEDED.
 */
export function decideAdjustStock(books: Books, variantId: string, delta: number, by: { operatorId: string; reason: string }): Variant {
  const variant = books.variant(variantId);
  if (!variant) throw new Refusal('VARIANT_NOT_FOUND', { variantId });
  const { stock } = variant;
  if (stock + delta < 0) throw new Refusal('OUT_OF_STOCK', { stock });
  if (stock + delta > stockMax) throw new Refusal('STOCK_LIMIT_EXCEEDED', { stock, maximum: stockMax });

  // From here it must succeed.
  if (delta !== 0) books.changeStock(variantId, 'ADJUST', delta, by);
  books.recordOperatorAction({
    operatorId: by.operatorId, action: 'adjust-stock', subjectType: 'variant', subjectId: variantId, reason: by.reason,
    before: { stock }, after: { stock: variant.stock },
  });
  return variant;
}
