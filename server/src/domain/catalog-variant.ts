import type { Books } from './books.ts';
import { type CatalogVariant, type Product, changedNow, stockFirst, withPrices } from './catalog.ts';
import type { Won } from './money.ts';
import { type ChosenValue, chooseValues } from './product-options.ts';
import { Refusal } from './refusal.ts';
import type { Rules } from './rules.ts';

/** The most variants of one product: a price change locks and rewrites them all. */
export const variantsMax = 500;

export interface VariantTerms {
  /** For each option of the product, in order. */
  optionValues: ChosenValue[];
  additionalPrice: Won;
  stock: number;
}

/**
 * Adds a combination to a product, with new option values where it needs them, and its first stock. Gives the product afterwards, the
 * new variant at its end.
 *
 * Refuses, in this order: OPTIONS_FIXED, VALIDATION_FAILED (see `chooseValues`), COMBINATION_TAKEN, TOO_MANY_VARIANTS, INVALID_PRICE.
 */
export function decideAddVariant(books: Books, rules: Rules, product: Product, terms: VariantTerms, operatorId: string): Product {
  const { options, optionValues } = chooseValues(product.options, terms.optionValues, books.newId);
  const combination = String(optionValues);
  if (product.variants.some((variant) => String(variant.optionValues) === combination)) throw new Refusal('COMBINATION_TAKEN');
  if (product.variants.length >= variantsMax) throw new Refusal('TOO_MANY_VARIANTS', { maximum: variantsMax });
  const { additionalPrice, stock } = terms;
  const [variant] = withPrices(rules, product.basePrice, [{ variantId: books.newId(), optionValues, additionalPrice, stock }]);

  // From here it must succeed.
  const changed = changedNow(books, { ...product, options, variants: [...product.variants, ...(variant ? [variant] : [])] });
  if (variant) {
    stockFirst(books, product, variant, operatorId);
    books.recordOperatorAction({
      operatorId, action: 'create-variant', subjectType: 'variant', subjectId: variant.variantId, reason: null,
      before: undefined, after: { productId: product.productId, ...terms, price: variant.price },
    });
  }
  return changed;
}

/** Changes what a variant costs more or less than its product. Gives the product afterwards. Refuses VARIANT_NOT_FOUND, INVALID_PRICE. */
export function decideChangeVariant(books: Books, rules: Rules, product: Product, variantId: string, additionalPrice: Won, operatorId: string): Product {
  const variant = findCatalogVariant(product, variantId);
  const [changedVariant = variant] = withPrices(rules, product.basePrice, [{ ...variant, additionalPrice }]);

  // From here it must succeed.
  const variants = product.variants.map((each) => (each.variantId === variantId ? changedVariant : each));
  books.recordOperatorAction({
    operatorId, action: 'change-variant', subjectType: 'variant', subjectId: variantId, reason: null,
    before: { additionalPrice: variant.additionalPrice, price: variant.price }, after: { additionalPrice, price: changedVariant.price },
  });
  return changedNow(books, { ...product, variants });
}

export function findCatalogVariant(product: Product, variantId: string): CatalogVariant {
  const variant = product.variants.find((each) => each.variantId === variantId);
  if (!variant) throw new Refusal('VARIANT_NOT_FOUND');
  return variant;
}
