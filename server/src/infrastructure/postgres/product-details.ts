import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { Language, ProductDetailView } from '../../application/views.ts';
import { batchedReads } from '../shared-reads.ts';
import { arrayParameter } from './array-parameters.ts';
import { queryPrepared } from './driver-query.ts';

/** Products remembered by one instance. */
const rememberedMax = 10_000;

/** A product's detail as of one version; its stock may be older than the rest. */
export interface VersionedDetail {
  version: number;
  detail: ProductDetailView;
}

/** What one read brought. */
interface LiveProduct {
  version: number;
  /** By variant. */
  stock: Map<string, number>;
}

/**
 * Gives the details of a product on sale with live stock. What only operators change is remembered; the read that brings the stock
 * tells by the product's version whether it is still so.
 */
export function productDetails(
  pool: Pool,
  readDetail: (productId: string, language: Language) => Promise<VersionedDetail | undefined>,
): (productId: string, language: Language) => Promise<ProductDetailView | undefined> {
  const liveProduct = batchedReads((productIds) => findLiveProducts(pool, productIds));
  const remembered = new LRUCache<string, VersionedDetail>({ max: rememberedMax });

  async function withLiveStock(productId: string, language: Language, { version, stock }: LiveProduct): Promise<ProductDetailView | undefined> {
    const key = `${productId} ${language}`;
    const known = remembered.get(key);
    const read = known?.version === version ? { version, detail: withStock(known.detail, stock) } : await readDetail(productId, language);
    if (read) remembered.set(key, read);
    return read?.detail;
  }

  return async (productId, language) => {
    const live = await liveProduct(productId);
    return live && withLiveStock(productId, language, live);
  };
}

/** The version and the stock of those that are on sale. */
async function findLiveProducts(pool: Pool, productIds: string[]): Promise<Map<string, LiveProduct>> {
  const text = `
    SELECT p.id AS "productId", p.version, v.id AS "variantId", v.stock
    FROM products p JOIN variants v ON v.product_id = p.id
    WHERE p.id = ANY($1::uuid[]) AND p.status = 'ON_SALE'`;
  const values = [arrayParameter('uuid', productIds)];
  const rows = await queryPrepared<{ productId: string; version: number; variantId: string; stock: number }>(pool, { name: 'find-live-products', text, values });
  const found = new Map<string, LiveProduct>();
  for (const { productId, version, variantId, stock } of rows) {
    const product = found.get(productId) ?? { version, stock: new Map() };
    product.stock.set(variantId, stock);
    found.set(productId, product);
  }
  return found;
}

/** The same object where no stock has changed: it may have been written as JSON before. */
function withStock(detail: ProductDetailView, stock: Map<string, number>): ProductDetailView {
  if (detail.variants.every((variant) => variant.stock === stock.get(variant.variantId))) return detail;
  const variants = detail.variants.map((variant) => ({ ...variant, stock: stock.get(variant.variantId) ?? 0 }));
  return { ...detail, stock: variants.reduce((sum, variant) => sum + variant.stock, 0), variants };
}
