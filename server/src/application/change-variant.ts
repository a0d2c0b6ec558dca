import type { Product } from '../domain/catalog.ts';
import { type VariantTerms, decideAddVariant, decideChangeVariant, findCatalogVariant } from '../domain/catalog-variant.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Rules } from '../domain/rules.ts';
import type { Caller } from '../domain/user.ts';
import type { AdminProductQueries, CatalogStore } from './admin-ports.ts';
import { type AdminVariantView, adminVariantView } from './admin-views.ts';
import type { Decided } from './answers.ts';
import { guardFor } from './idempotency.ts';
import { decidedOf } from './answers.ts';
import { type ExpectedVersions, checkVersion } from './versions.ts';

export type AddVariant = (operator: Caller, productId: string, terms: VariantTerms, idempotencyKey?: string) => Promise<Decided<AdminVariantView>>;
export type ChangeVariant = (operator: Caller, variantId: string, additionalPrice: number, expected: ExpectedVersions) => Promise<AdminVariantView>;

/** Adds a combination to a product. Refuses PRODUCT_NOT_FOUND, then what `decideAddVariant` refuses. */
export function addVariant(catalog: CatalogStore, rules: Rules): AddVariant {
  return async (operator, productId, terms, idempotencyKey) => {
    const guard = guardFor(operator.userId, idempotencyKey, 'add-variant', { productId, terms });
    const recorded = await catalog.change(productId, guard, (books, product) => {
      if (!product) throw new Refusal('PRODUCT_NOT_FOUND');
      const state = decideAddVariant(books, rules, product, terms, operator.userId);
      return edited(state, state.variants.at(-1)?.variantId ?? '');
    });
    return decidedOf(recorded);
  };
}

/**
 * Changes what a variant costs more or less than its product. Its terms are part of the product, and so is its version.
 *
 * Refuses, in this order: VARIANT_NOT_FOUND, PRECONDITION_FAILED, INVALID_PRICE.
 */
export function changeVariant(catalog: CatalogStore, products: AdminProductQueries, rules: Rules): ChangeVariant {
  return async (operator, variantId, additionalPrice, expected) => {
    const productId = await products.findProductOf(variantId);
    if (productId === undefined) throw new Refusal('VARIANT_NOT_FOUND');
    const recorded = await catalog.change(productId, undefined, (books, product) => {
      if (!product) throw new Refusal('VARIANT_NOT_FOUND');
      checkVersion(expected, adminVariantView(product, findCatalogVariant(product, variantId)));
      return edited(decideChangeVariant(books, rules, product, variantId, additionalPrice, operator.userId), variantId);
    });
    return decidedOf(recorded).value;
  };
}

function edited(state: Product, variantId: string) {
  return { state, answer: adminVariantView(state, findCatalogVariant(state, variantId)) };
}
