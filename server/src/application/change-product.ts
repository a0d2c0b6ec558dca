import { type Product, type ProductChange, type ProductTerms, decideChangeProduct, decideCreateProduct } from '../domain/catalog.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Rules } from '../domain/rules.ts';
import type { Caller } from '../domain/user.ts';
import type { CatalogStore } from './admin-ports.ts';
import { type AdminProductView, adminProductView } from './admin-views.ts';
import type { Decided } from './answers.ts';
import { guardFor } from './idempotency.ts';
import { decidedOf } from './answers.ts';
import { type ExpectedVersions, checkVersion } from './versions.ts';

export type CreateProduct = (operator: Caller, terms: ProductTerms, idempotencyKey?: string) => Promise<Decided<AdminProductView>>;
export type ChangeProduct = (operator: Caller, productId: string, change: ProductChange, expected: ExpectedVersions) => Promise<AdminProductView>;

/** Makes a product with its variants and their first stock. Refuses what `decideCreateProduct` refuses. */
export function createProduct(catalog: CatalogStore, rules: Rules): CreateProduct {
  return async (operator, terms, idempotencyKey) => {
    const guard = guardFor(operator.userId, idempotencyKey, 'create-product', terms);
    return decidedOf(await catalog.create(guard, (books) => edited(decideCreateProduct(books, rules, terms, operator.userId))));
  };
}

/**
 * Changes a product. All its variants are locked meanwhile, so once this has answered, no order is decided on the old status or price.
 *
 * Refuses, in this order: PRODUCT_NOT_FOUND, PRECONDITION_FAILED, what `decideChangeProduct` refuses.
 */
export function changeProduct(catalog: CatalogStore, rules: Rules): ChangeProduct {
  return async (operator, productId, change, expected) => {
    const recorded = await catalog.change(productId, undefined, (books, product) => {
      if (!product) throw new Refusal('PRODUCT_NOT_FOUND');
      checkVersion(expected, adminProductView(product));
      return edited(decideChangeProduct(books, rules, product, change, operator.userId));
    });
    return decidedOf(recorded).value;
  };
}

function edited(state: Product) {
  return { state, answer: adminProductView(state) };
}
