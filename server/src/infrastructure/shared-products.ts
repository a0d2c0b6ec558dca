import type { Page, ProductQueries } from '../application/ports.ts';
import type { ProductView } from '../application/views.ts';
import { sharedReads } from './shared-reads.ts';

/** Anyone may browse, so in a busy moment most readers ask for the same page: they share its reads, and get the same objects. */
export function sharedProducts(products: ProductQueries): ProductQueries {
  const lists = sharedReads<Page<ProductView>>();
  return {
    ...products,
    list: (filter, page, language) => lists(JSON.stringify([filter, page, language]), () => products.list(filter, page, language)),
  };
}
