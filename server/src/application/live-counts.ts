import { Refusal } from '../domain/refusal.ts';
import type { LiveCountQueries } from './ports.ts';

export interface Watch {
  couponIds: string[];
  variantIds: string[];
}

/** What is left of the watched coupons and variants; ids that do not exist are left out. */
export interface Counts {
  coupons: { couponId: string; remainingQuantity: number }[];
  variants: { variantId: string; stock: number }[];
}

/** Receives the whole state of a watch, as JSON, whenever something in it has changed. */
export type Listener = (countsJson: string) => void;

interface Audience {
  watch: Watch;
  listeners: Set<Listener>;
  lastJson: string | undefined;
}

/**
 * Live counts for any number of listeners by one read at a time: listeners of the same things share an audience, and each refresh
 * reads the union of what all of them watch. What another instance sold is in the database too, so it is seen as well.
 */
export class LiveCounts {
  readonly #queries: LiveCountQueries;
  readonly #listenersMax: number;
  readonly #audiences = new Map<string, Audience>();
  #listenerCount = 0;

  constructor(queries: LiveCountQueries, listenersMax: number) {
    this.#queries = queries;
    this.#listenersMax = listenersMax;
  }

  get listenerCount(): number {
    return this.#listenerCount;
  }

  /**
   * Adds a listener; it hears the present state at the next refresh, or at once where others watch the same. Gives the function
   * that takes it away. Refuses OVERLOADED when there are too many.
   */
  subscribe({ couponIds, variantIds }: Watch, listener: Listener): () => void {
    if (this.#listenerCount >= this.#listenersMax) throw new Refusal('OVERLOADED');
    const watch = { couponIds: distinct(couponIds), variantIds: distinct(variantIds) };
    const key = JSON.stringify(watch);
    const audience = this.#audiences.get(key) ?? { watch, listeners: new Set(), lastJson: undefined };
    this.#audiences.set(key, audience);
    audience.listeners.add(listener);
    this.#listenerCount += 1;
    if (audience.lastJson !== undefined) listener(audience.lastJson);

    return () => {
      if (!audience.listeners.delete(listener)) return;
      this.#listenerCount -= 1;
      if (audience.listeners.size === 0) this.#audiences.delete(key);
    };
  }

  /** Reads once for everyone and tells those for whom something changed. Without listeners it does nothing. */
  async refresh(): Promise<void> {
    const audiences = [...this.#audiences.values()];
    if (audiences.length === 0) return;
    const couponIds = distinct(audiences.flatMap(({ watch }) => watch.couponIds));
    const variantIds = distinct(audiences.flatMap(({ watch }) => watch.variantIds));
    const [remaining, stock] = await Promise.all([this.#queries.findRemaining(couponIds), this.#queries.findStock(variantIds)]);
    for (const audience of audiences) {
      const counts: Counts = {
        coupons: present(audience.watch.couponIds, remaining, (couponId, remainingQuantity) => ({ couponId, remainingQuantity })),
        variants: present(audience.watch.variantIds, stock, (variantId, units) => ({ variantId, stock: units })),
      };
      const json = JSON.stringify(counts);
      if (json === audience.lastJson) continue;
      audience.lastJson = json;
      for (const listener of audience.listeners) listener(json);
    }
  }
}

function distinct(ids: string[]): string[] {
  return [...new Set(ids)].toSorted();
}

function present<T>(ids: string[], counts: Map<string, number>, toView: (id: string, count: number) => T): T[] {
  return ids.flatMap((id) => {
    const count = counts.get(id);
    return count === undefined ? [] : toView(id, count);
  });
}
