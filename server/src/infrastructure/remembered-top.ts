import { type TopProducts, topPositionsMax } from '../application/ports.ts';
import type { Language, TopProductView } from '../application/views.ts';

/** Best sellers are at least this old before they are summed again: the statistics are about as old. */
const lifeMsMin = 1_000;
/** And ten times as old as the last sum took, so that a large shop never spends more than a tenth of a processor on one window. */
const livesPerSum = 10;
/** Up to twice that age they are shown while they are being summed, so that nobody waits for it in a shop where somebody always asks. */
const shownLives = 2;
/** A window is kept fresh for so long after somebody has asked for it, so that the next who asks need not wait either. */
const keptFreshMs = 5 * 60_000;
/** Of each second, for the sums that keep windows fresh: a tenth of a processor, however many windows are asked for. */
const keepingMsPerSecond = 100;

export interface RememberedTop {
  top: TopProducts;
  /** To be called each second: sums the windows that have been asked for lately, in turn, where their sums are too old. Never rejects. */
  keepFresh: () => Promise<void>;
}

interface Window {
  days: number;
  language: Language;
  /** In milliseconds of the process. */
  askedAt: number;
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
export function rememberedTop(top: TopProducts): RememberedTop {
  const asked = new Map<string, Window>();
  const summed = new Map<string, Ranking>();
  const beingSummed = new Map<string, Ranking>();
  /** What the last sums that kept windows fresh took beyond their share. */
  let owedMs = 0;

  function begin(key: string, { days, language }: Window): Ranking {
    const ranking: Ranking = { rows: top(days, topPositionsMax, language), first: new Map(), freshUntil: 0, shownUntil: 0 };
    beingSummed.set(key, ranking);
    void remember(key, ranking);
    return ranking;
  }

  async function remember(key: string, ranking: Ranking): Promise<void> {
    const begunAt = performance.now();
    try {
      await ranking.rows;
      const life = Math.max(lifeMsMin, livesPerSum * (performance.now() - begunAt));
      summed.set(key, Object.assign(ranking, { freshUntil: begunAt + life, shownUntil: begunAt + shownLives * life }));
    } catch {
      // That it failed is for those who wait for it; the next who asks has it summed anew.
    } finally {
      beingSummed.delete(key);
    }
  }

  /** The last sum while it is fresh, or the one that takes its place. */
  function newest(key: string, window: Window): Ranking {
    const known = summed.get(key);
    return known && performance.now() < known.freshUntil ? known : (beingSummed.get(key) ?? begin(key, window));
  }

  return {
    async top(days, limit, language) {
      const key = `${days} ${language}`;
      const window = { days, language, askedAt: performance.now() };
      asked.set(key, window);
      const known = summed.get(key);
      const next = newest(key, window);
      const ranking = known && window.askedAt < known.shownUntil ? known : next;
      const rows = await ranking.rows;
      const first = ranking.first.get(limit) ?? rows.slice(0, limit);
      ranking.first.set(limit, first);
      return first;
    },

    async keepFresh() {
      owedMs = Math.max(0, owedMs - keepingMsPerSecond);
      for (const [key, window] of Array.from(asked)) {
        if (owedMs >= keepingMsPerSecond) return;
        const now = performance.now();
        // It comes back at the end, behind those that are not reached this time.
        asked.delete(key);
        if (now - window.askedAt > keptFreshMs) continue;
        asked.set(key, window);
        await newest(key, window).rows.catch(() => {});
        owedMs += performance.now() - now;
      }
    },
  };
}
