import type { Page, ProductQueries, TopProducts } from '../application/ports.ts';
import type { Language, ProductDetailView, ProductView, TopProductView } from '../application/views.ts';
import { sharedReads } from './shared-reads.ts';

/** Best sellers are at least this old before they are summed again: the statistics are about as old. */
const topLifeMsMin = 1_000;
/** And ten times as old as the last sum took, so that a large shop never spends more than a tenth of a processor on one window. */
const livesPerSum = 10;
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
  /** Until when it is given; undefined while it is being summed. */
  until: number | undefined;
  rows: Promise<TopProductView[]>;
  /** The same rows, cut to the limits that were asked for. */
  first: Map<number, TopProductView[]>;
}

/** Sums a window once for all limits, and again when that is too old. */
function rememberedTop(top: TopProducts): TopProducts {
  const rankings = new Map<string, Ranking>();

  function begin(key: string, days: number, language: Language): Ranking {
    const begunAt = performance.now();
    const ranking: Ranking = { until: undefined, rows: top(days, positionsMax, language), first: new Map() };
    rankings.set(key, ranking);
    ranking.rows.then(
      () => (ranking.until = begunAt + Math.max(topLifeMsMin, livesPerSum * (performance.now() - begunAt))),
      () => rankings.delete(key),
    );
    return ranking;
  }

  return async (days, limit, language) => {
    const key = `${days} ${language}`;
    const known = rankings.get(key);
    const ranking = known && (known.until === undefined || performance.now() < known.until) ? known : begin(key, days, language);
    const rows = await ranking.rows;
    const first = ranking.first.get(limit) ?? rows.slice(0, limit);
    ranking.first.set(limit, first);
    return first;
  };
}
