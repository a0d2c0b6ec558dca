import type { Page, ProductQueries, TopProducts } from '../application/ports.ts';
import type { Language, ProductDetailView, ProductView, TopProductView } from '../application/views.ts';
import { sharedReads } from './shared-reads.ts';

/** At most this old are best sellers: the statistics they are summed from are about as old. */
const topLifeMs = 1_000;
/** As many as can be asked for. */
const positionsMax = 100;

/** Anyone may browse, so in a busy moment most readers ask for the same: they share its reads, and get the same objects. */
export function sharedProducts(products: ProductQueries): ProductQueries {
  const lists = sharedReads<Page<ProductView>>();
  const details = sharedReads<ProductDetailView | undefined>();
  return {
    list: (filter, page, language) => lists(JSON.stringify([filter, page, language]), () => products.list(filter, page, language)),
    find: (productId, language) => details(`${productId} ${language}`, () => products.find(productId, language)),
    top: rememberedTop(products.top),
  };
}

interface Ranking {
  begunAt: number;
  ended: boolean;
  rows: Promise<TopProductView[]>;
  /** The same rows, cut to the limits that were asked for. */
  first: Map<number, TopProductView[]>;
}

/** Sums a window at most once a second, for all limits. */
function rememberedTop(top: TopProducts): TopProducts {
  const rankings = new Map<string, Ranking>();

  function begin(key: string, days: number, language: Language): Ranking {
    const ranking: Ranking = { begunAt: performance.now(), ended: false, rows: top(days, positionsMax, language), first: new Map() };
    rankings.set(key, ranking);
    ranking.rows.then(
      () => (ranking.ended = true),
      () => rankings.delete(key),
    );
    return ranking;
  }

  return async (days, limit, language) => {
    const key = `${days} ${language}`;
    const known = rankings.get(key);
    const ranking = known && (!known.ended || performance.now() - known.begunAt < topLifeMs) ? known : begin(key, days, language);
    const rows = await ranking.rows;
    const first = ranking.first.get(limit) ?? rows.slice(0, limit);
    ranking.first.set(limit, first);
    return first;
  };
}
