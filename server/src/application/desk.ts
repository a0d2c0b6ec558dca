import { Refusal, assertInvariant } from '../domain/refusal.ts';
import { type Decided, type Outcome, decidedOf } from './answers.ts';
import { BatchTimes } from './batch-times.ts';
import { type DeskRequest, decideTogether, unionOfNeeds } from './desk-batch.ts';
import { LockedRows } from './locked-rows.ts';
import type { DeskStore } from './ports.ts';
import { StoreConflict, StoreLocked, StoreUnavailable } from './ports.ts';
import { Unanswered, burst } from './unanswered.ts';

export type { DeskRequest } from './desk-batch.ts';

export interface DeskLimits {
  /** Most requests in one transaction. */
  batchMax: number;
  /** Most requests waiting; the next one is refused with OVERLOADED. */
  queueMax: number;
  /** Longest wait for the transaction to begin; who waits longer, or would have to, is refused with OVERLOADED. */
  waitMaxMs: number;
  /** How long another may hold a needed row before those who need it are refused. */
  lockPatienceMs: number;
}

interface Waiting {
  request: DeskRequest<unknown>;
  sinceMs: number;
  /** Why it is still waiting, where that is not only the queue. */
  heldUp?: StoreLocked;
  resolve: (decided: Decided<unknown>) => void;
  reject: (reason: unknown) => void;
}

const attemptsMax = 5;
/** How often the desk looks for a lock to be given up while nothing else is to be done. */
const lookAgainMs = 20;
/** How often, in the longest wait, the desk looks for those who have waited for it. */
const looksPerWait = 10;

/**
 * Where everything that contends for a row is decided. An idle desk begins with whoever came in the same turn of the event loop, mostly one;
 * requests that arrive while a transaction is committing wait and share the next one. Every decision of a batch is made in arrival order on
 * the same locked rows.
 */
export class Desk {
  readonly #store: DeskStore;
  readonly #limits: DeskLimits;
  readonly #onBatch: (size: number) => void;
  readonly #locked: LockedRows;
  readonly #unanswered = new Unanswered();
  readonly #times = new BatchTimes();
  #queue: Waiting[] = [];
  #busy = false;
  #watched = false;
  #idle: (() => void)[] = [];

  constructor(store: DeskStore, limits: DeskLimits, onBatch: (size: number) => void = () => {}) {
    this.#store = store;
    this.#limits = limits;
    this.#onBatch = onBatch;
    this.#locked = new LockedRows(limits.lockPatienceMs);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Whether the next request is refused: too many wait, or by the duration of the last batches it would wait too long. */
  get overloaded(): boolean {
    const { batchMax, queueMax, waitMaxMs } = this.#limits;
    const waiting = this.#queue.length;
    if (waiting >= queueMax) return true;
    if (waiting < batchMax) return false;
    const expectedMs = this.#times.elapsedMs + (waiting / batchMax) * this.#times.batchMs;
    return expectedMs > waitMaxMs;
  }

  /** Gives the decision after it is durable. Rejects with the decision's `Refusal`, OVERLOADED, or the store's error. */
  submit<T>(request: DeskRequest<T>): Promise<Decided<T>> {
    if (this.overloaded) return Promise.reject(new Refusal('OVERLOADED'));
    return new Promise<Decided<unknown>>((resolve, reject) => {
      this.#queue.push({ request, sinceMs: performance.now(), resolve, reject });
      if (!this.#watched) this.#watchTheWaiting();
      if (!this.#busy) this.#begin();
    }) as Promise<Decided<T>>;
  }

  /** Resolves when everything submitted so far has been answered. */
  async drain(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** At the end of this turn of the event loop, for all who come in it: the first of many would otherwise have a transaction of its own. */
  #begin(): void {
    this.#busy = true;
    this.#times.start();
    setImmediate(() => void this.#serveAll());
  }

  async #serveAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#locked.alert ? await this.#takeUnlocked() : this.#takeNext();
      if (batch.length === 0) continue;
      this.#onBatch(batch.length);
      const served = this.#serve(batch);
      this.#unanswered.answerBeside(this.#times.batchMs / 2);
      this.#unanswered.keep(await served);
      await this.#leaveToOthers();
    }
    this.#busy = false;
    this.#unanswered.answer();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Where instances contend, small batches would only wait for one another. A full one has nothing to gain. */
  async #leaveToOthers(): Promise<void> {
    const { pauseMs } = this.#times;
    if (pauseMs === 0 || this.#queue.length >= this.#limits.batchMax) return;
    this.#unanswered.answer();
    await sleep(pauseMs);
  }

  /**
   * Gives the next in order of arrival: all of them, or half of many. One half is then answered and comes back while the other is being
   * stored; all in one batch would leave the database idle until they are back.
   */
  #takeNext(): Waiting[] {
    const [waiting, beingAnswered] = [this.#queue.length, this.#unanswered.count];
    const halved = waiting >= burst && beingAnswered > 0;
    return this.#queue.splice(0, Math.min(this.#limits.batchMax, halved ? Math.ceil((waiting + beingAnswered) / 2) : waiting));
  }

  /** Never rejects: gives the functions that answer everyone in the batch. */
  async #serve(batch: Waiting[]): Promise<(() => void)[]> {
    try {
      const outcomes = await this.#transact(batch);
      return batch.map((waiting, index) => () => settle(waiting, outcomes[index]));
    } catch (error) {
      if (error instanceof StoreLocked) return this.#putBack(batch, error);
      const hopeless = batch.length === 1 || error instanceof StoreUnavailable;
      if (hopeless) return batch.map(({ reject }) => () => reject(error));
    }
    // One request spoiled the whole batch. Alone, each fails only for itself.
    const answers: (() => void)[] = [];
    for (const waiting of batch) answers.push(...(await this.#serve([waiting])));
    return answers;
  }

  async #transact(batch: Waiting[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      this.#times.start();
      try {
        const outcomes = await decideTogether(this.#store, batch.map(({ request }) => request), (entries) => {
          this.#times.decided(entries);
          this.#unanswered.answerInTurn();
        });
        this.#times.stored();
        return outcomes;
      } catch (error) {
        const worthRetrying = error instanceof StoreConflict && batch.length === 1 && attempt < attemptsMax;
        if (!worthRetrying) throw error;
      }
    }
  }

  /** Someone holds a row that some of the batch need. They wait on, and the desk looks for locks before it serves the others. */
  #putBack(batch: Waiting[], heldUp: StoreLocked): [] {
    for (const waiting of batch) waiting.heldUp = heldUp;
    this.#queue.unshift(...batch);
    this.#locked.raiseAlert();
    this.#refuseOverdue();
    return [];
  }

  /**
   * Gives the next of those who need nothing that is locked, in order of arrival. Refuses those who need what is held from outside;
   * those who need what is only locked at this moment wait on.
   */
  async #takeUnlocked(): Promise<Waiting[]> {
    this.#unanswered.answer();
    const stateOf = ({ request }: Waiting) => this.#locked.stateOf(request.needs);
    const candidates = new Set(this.#queue.filter((waiting) => stateOf(waiting) === 'free').slice(0, this.#limits.batchMax));
    const asked = unionOfNeeds([...[...candidates].map(({ request }) => request), this.#locked.needs]);
    // A store that cannot be asked will say so again when it is given the batch.
    this.#locked.see(await this.#store.findLocked(asked).catch(() => []));
    const batch: Waiting[] = [];
    this.#queue = this.#queue.filter((waiting) => {
      const state = stateOf(waiting);
      if (state === 'held') waiting.reject(new StoreLocked('a needed row is held by another transaction'));
      else if (state === 'locked' || !candidates.has(waiting)) return true;
      else batch.push(waiting);
      return false;
    });
    const nothingElse = batch.length === 0 && this.#queue.length > 0 && this.#queue.every((waiting) => stateOf(waiting) !== 'free');
    if (nothingElse) await sleep(lookAgainMs);
    return batch;
  }

  /** Until nobody waits any more. */
  #watchTheWaiting(): void {
    this.#watched = true;
    const watch = setInterval(() => {
      this.#refuseOverdue();
      this.#watched = this.#queue.length > 0;
      if (!this.#watched) clearInterval(watch);
    }, this.#limits.waitMaxMs / looksPerWait);
    watch.unref();
  }

  #refuseOverdue(): void {
    const latestMs = performance.now() - this.#limits.waitMaxMs;
    this.#queue = this.#queue.filter(({ sinceMs, heldUp, reject }) => {
      if (sinceMs > latestMs) return true;
      reject(heldUp ?? new Refusal('OVERLOADED'));
      return false;
    });
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

/** By the global timer: tests say when its time has passed, which they cannot of the platform's own promise. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
