import type { Page, ProductQueries } from '../application/ports.ts';
import type { ProductDetailView, ProductView } from '../application/views.ts';
import { readsUntilCommit } from './reads-until-commit.ts';

/** How many one instance remembers. */
const pagesMax = 200;
const productsMax = 5_000;

/**
 * Anyone may browse, so in a busy moment most readers ask for the same pages and products: they share what is read, and get the same
 * objects, until something is committed.
 */
export function sharedProducts(products: ProductQueries, committedState: () => Promise<string>): ProductQueries {
  const pages = readsUntilCommit<Page<ProductView>>(committedState, pagesMax);
  const details = readsUntilCommit<ProductDetailView | undefined>(committedState, productsMax);
  return {
    ...products,
    list: (filter, page, language) => pages(JSON.stringify([filter, page, language]), () => products.list(filter, page, language)),
    find: (productId, language) => details(`${productId} ${language}`, () => products.find(productId, language)),
  };
}
