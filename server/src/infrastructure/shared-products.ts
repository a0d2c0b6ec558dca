import type { Page, ProductQueries, TopProducts } from '../application/ports.ts';
import type { Language, ProductView, TopProductView } from '../application/views.ts';
import { sharedReads } from './shared-reads.ts';

/** Best sellers are at least this old before they are summed again: the statistics are about as old. */
const topLifeMsMin = 1_000;
/** And ten times as old as the last sum took, so that a large shop never spends more than a tenth of a processor on one window. */
const livesPerSum = 10;
/** Up to twice that age they are shown while they are being summed, so that nobody waits for it in a shop where somebody always asks. */
const shownLives = 2;
/** As many as can be asked for. */
const positionsMax = 100;

/** Anyone may browse, so in a busy moment most readers ask for the same: they share its reads, and get the same objects. */
export function sharedProducts(products: ProductQueries): ProductQueries {
  const lists = sharedReads<Page<ProductView>>();
  return {
    list: (filter, page, language) => lists(JSON.stringify([filter, page, language]), () => products.list(filter, page, language)),
    find: (productId, language) => products.find(productId, language),
    top: rememberedTop(products.top),
  };
}

interface Ranking {
  rows: Promise<TopProductView[]>;
  /** The same rows, cut to the limits that were asked for. */
  first: Map<number, TopProductView[]>;
  /** In milliseconds of the process; both begin with the sum. */
  freshUntil: number;
  shownUntil: number;
}

/** Sums a window once for all limits, and again when that is too old. */
function rememberedTop(top: TopProducts): TopProducts {
  const summed = new Map<string, Ranking>();
  const beingSummed = new Map<string, Ranking>();

  function begin(key: string, days: number, language: Language): Ranking {
    const ranking: Ranking = { rows: top(days, positionsMax, language), first: new Map(), freshUntil: 0, shownUntil: 0 };
    beingSummed.set(key, ranking);
    void remember(key, ranking);
    return ranking;
  }

  async function remember(key: string, ranking: Ranking): Promise<void> {
    const begunAt = performance.now();
    try {
      await ranking.rows;
      const life = Math.max(topLifeMsMin, livesPerSum * (performance.now() - begunAt));
      summed.set(key, Object.assign(ranking, { freshUntil: begunAt + life, shownUntil: begunAt + shownLives * life }));
    } catch {
      // That it failed is for those who wait for it; the next who asks has it summed anew.
    } finally {
      beingSummed.delete(key);
    }
  }

  return async (days, limit, language) => {
    const key = `${days} ${language}`;
    const now = performance.now();
    const known = summed.get(key);
    const newest = known && now < known.freshUntil ? known : (beingSummed.get(key) ?? begin(key, days, language));
    const ranking = known && now < known.shownUntil ? known : newest;
    const rows = await ranking.rows;
    const first = ranking.first.get(limit) ?? rows.slice(0, limit);
    ranking.first.set(limit, first);
    return first;
  };
}
