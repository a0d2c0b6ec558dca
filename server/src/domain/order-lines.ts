import type { Books } from './books.ts';
import type { Won } from './money.ts';
import type { Variant } from './product.ts';
import { Refusal } from './refusal.ts';

/** An order has 1 to 100 distinct variants, each 1 to 1,000 units. */
export const orderVariantsMax = 100;
export const itemQuantityMax = 1_000;

/** What a buyer asks for. Without `variantId` the product's only variant is meant. */
export interface OrderLine {
  productId: string;
  variantId?: string | undefined;
  quantity: number;
}

export interface PricedLine {
  variant: Variant;
  quantity: number;
}

/**
 * Finds the variant that each line means and adds up the lines of one variant, in the order in which they were first named.
 *
 * Refuses, in this order: PRODUCT_NOT_FOUND, VARIANT_NOT_FOUND, VARIANT_REQUIRED, INVALID_QUANTITY, TOO_MANY_ITEMS.
 */
export function mergeLines(books: Books, requested: OrderLine[]): PricedLine[] {
  const merged = new Map<string, PricedLine>();
  for (const { productId, variantId, quantity } of requested) {
    const variant = findVariant(books, productId, variantId);
    // A line that is wrong by itself stays wrong, whatever others add to it.
    const units = isQuantity(quantity) ? quantity : Number.NaN;
    const line = merged.get(variant.variantId);
    if (line) line.quantity += units;
    else merged.set(variant.variantId, { variant, quantity: units });
  }
  const lines = [...merged.values()];
  for (const { variant, quantity } of lines) {
    if (!isQuantity(quantity)) {
      throw new Refusal('INVALID_QUANTITY', { variantId: variant.variantId, minimum: 1, maximum: itemQuantityMax });
    }
  }
  if (lines.length < 1 || lines.length > orderVariantsMax) {
    throw new Refusal('TOO_MANY_ITEMS', { minimum: 1, maximum: orderVariantsMax });
  }
  return lines;
}

function isQuantity(quantity: number): boolean {
  return Number.isSafeInteger(quantity) && quantity >= 1 && quantity <= itemQuantityMax;
}

/** Refuses PRODUCT_NOT_FOUND, VARIANT_NOT_FOUND, or VARIANT_REQUIRED where the product has several. */
export function findVariant(books: Books, productId: string, variantId: string | undefined): Variant {
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

export function priceOf(lines: PricedLine[]): Won {
  return lines.reduce((sum, { variant, quantity }) => sum + variant.price * quantity, 0);
}
