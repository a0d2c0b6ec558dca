import type { Books } from '../domain/books.ts';
import { Refusal, assertInvariant } from '../domain/refusal.ts';
import { type Decided, type Outcome, answerOf, decidedOf, replayOf } from './answers.ts';
import type { DeskStore, IdempotencyGuard, Needs, RecordedAnswer } from './ports.ts';
import { StoreConflict, StoreUnavailable } from './ports.ts';

/** One request at the desk: what must be locked, and the rule that decides on it. */
export interface DeskRequest<T> {
  needs: Partial<Needs>;
  /**
   * Pure and synchronous: reads and writes the books, or throws a `Refusal` before it has written anything. Gives plain JSON, because
   * a repeat of the request gets it from the idempotency table.
   */
  decide: (books: Books) => T;
  guard?: IdempotencyGuard | undefined;
}

export interface DeskLimits {
  /** Most requests in one transaction. */
  batchMax: number;
  /** Most requests waiting; the next one is refused with OVERLOADED. */
  queueMax: number;
}

interface Waiting {
  request: DeskRequest<unknown>;
  resolve: (decided: Decided<unknown>) => void;
  reject: (reason: unknown) => void;
}

const attemptsMax = 5;

/**
 * Where everything that contends for a row is decided. An idle desk starts at once with a batch of one; requests that arrive while
 * a transaction is committing wait and share the next one. Every decision of a batch is made in arrival order on the same locked rows.
 */
export class Desk {
  readonly #store: DeskStore;
  readonly #limits: DeskLimits;
  readonly #onBatch: (size: number) => void;
  #queue: Waiting[] = [];
  #busy = false;
  #idle: (() => void)[] = [];

  constructor(store: DeskStore, limits: DeskLimits, onBatch: (size: number) => void = () => {}) {
    this.#store = store;
    this.#limits = limits;
    this.#onBatch = onBatch;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Gives the decision after it is durable. Rejects with the decision's `Refusal`, OVERLOADED, or the store's error. */
  submit<T>(request: DeskRequest<T>): Promise<Decided<T>> {
    if (this.#queue.length >= this.#limits.queueMax) return Promise.reject(new Refusal('OVERLOADED'));
    return new Promise<Decided<unknown>>((resolve, reject) => {
      this.#queue.push({ request, resolve, reject });
      if (!this.#busy) this.#serveNext();
    }) as Promise<Decided<T>>;
  }

  /** Resolves when everything submitted so far has been answered. */
  async drain(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #serveNext(): void {
    const batch = this.#queue.splice(0, this.#limits.batchMax);
    this.#busy = batch.length > 0;
    if (!this.#busy) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#onBatch(batch.length);
    void this.#serveThenNext(batch);
  }

  async #serveThenNext(batch: Waiting[]): Promise<void> {
    const answerAll = await this.#serve(batch);
    // The next batch is on its way to the database before this one's answers are written out.
    this.#serveNext();
    answerAll();
  }

  /** Never rejects: gives the function that answers everyone in the batch. */
  async #serve(batch: Waiting[]): Promise<() => void> {
    try {
      const outcomes = await this.#transact(batch);
      return () => batch.forEach((waiting, index) => settle(waiting, outcomes[index]));
    } catch (error) {
      const hopeless = batch.length === 1 || error instanceof StoreUnavailable;
      if (hopeless) return () => batch.forEach(({ reject }) => reject(error));
    }
    // One request spoiled the whole batch. Alone, each fails only for itself.
    const answers: (() => void)[] = [];
    for (const waiting of batch) answers.push(await this.#serve([waiting]));
    return () => answers.forEach((answer) => answer());
  }

  async #transact(batch: Waiting[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(batch.map(({ request }) => request));
      } catch (error) {
        const worthRetrying = error instanceof StoreConflict && batch.length === 1 && attempt < attemptsMax;
        if (!worthRetrying) throw error;
      }
    }
  }

  async #attempt(requests: DeskRequest<unknown>[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const guards = requests.flatMap(({ guard }) => guard ?? []);
    await this.#store.transact(unionOfNeeds(requests), guards, (books, recorded) => {
      const answers = new Map(recorded.map((entry) => [guardId(entry), entry]));
      const fresh: RecordedAnswer[] = [];
      for (const request of requests) {
        const { guard } = request;
        const earlier = guard && answers.get(guardId(guard));
        if (guard && earlier) {
          outcomes.push(replayOf(guard, earlier));
          continue;
        }
        const answer = answerOf(books, () => request.decide(books));
        outcomes.push({ answer, replayed: false });
        if (guard) {
          const entry = { ...guard, answer };
          answers.set(guardId(guard), entry);
          fresh.push(entry);
        }
      }
      return fresh;
    });
    return outcomes;
  }
}

function settle({ resolve, reject }: Waiting, outcome: Outcome | undefined): void {
  assertInvariant(outcome !== undefined, 'a request at the desk was not decided');
  try {
    resolve(decidedOf(outcome));
  } catch (error) {
    reject(error);
  }
}

function guardId({ callerId, key }: IdempotencyGuard): string {
  return `${callerId} ${key}`;
}

function unionOfNeeds(requests: DeskRequest<unknown>[]): Needs {
  const union = (kind: keyof Needs): string[] => [...new Set(requests.flatMap(({ needs }) => needs[kind] ?? []))].toSorted();
  return {
    wallets: union('wallets'),
    variants: union('variants'),
    variantsOfProducts: union('variantsOfProducts'),
    orders: union('orders'),
    coupons: union('coupons'),
    issuedCoupons: union('issuedCoupons'),
    carts: union('carts'),
  };
}
