import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Buyer, type Operation, pathAndBody } from './operations.ts';
import { type Outcome, newAgent, post, postAndCut } from './wire.ts';

export type Answered = Extract<Outcome, { status: number }>;

export interface Attempt {
  server: number;
  tookMs: number;
  outcome: Outcome;
}

/** One request as its buyer saw it: everything that was tried, and the answer that settled it. */
export interface Recorded {
  buyer: Buyer;
  operation: Operation;
  /** Null: sent without an Idempotency-Key, so it cannot be tried again. */
  key: string | null;
  attempts: Attempt[];
  answer: Answered | undefined;
  /** From the first try to the answer that settled it. */
  settledMs: number;
  /** Answers to repeats after the one that settled it. */
  repeats: Attempt[];
}

export interface SendOptions {
  /** Index of the server that is tried first; otherwise one after the other. */
  server?: number;
  /** False: without an Idempotency-Key. */
  key?: false;
  /** The first try is cut before its answer. */
  cut?: { part: 'whole' | 'half'; waitMs: number; reset: boolean };
  /** Tries once; if that settles nothing, `settle` does. */
  once?: boolean;
}

export interface ClientLimits {
  /** How long an answer is waited for before another try. */
  answerMs: number;
  /** How long a request is tried again. */
  deadlineMs: number;
}

/** A pause after every server has been tried in vain. */
const pauseMs = 100;

/**
 * Sends requests for many buyers and remembers everything. What is unanswered or answered with 503 (or another 5xx) is tried again with
 * the same Idempotency-Key, at the next server, until it is settled or its time is over.
 */
export class RecordingClient {
  readonly record: Recorded[] = [];
  readonly #urlOf: (server: number) => string;
  readonly #servers: number;
  readonly #name: string;
  readonly #limits: ClientLimits;
  readonly #agent: Agent = newAgent();
  readonly #startedMs = new WeakMap<Recorded, number>();
  #sent = 0;
  #closed = false;

  /** `name` makes its keys unique. */
  constructor(name: string, servers: number, urlOf: (server: number) => string, limits: Partial<ClientLimits> = {}) {
    this.#name = name;
    this.#servers = servers;
    this.#urlOf = urlOf;
    this.#limits = { answerMs: 20_000, deadlineMs: 60_000, ...limits };
  }

  async send(buyer: Buyer, operation: Operation, options: SendOptions = {}): Promise<Recorded> {
    if (this.#closed) return new Promise(() => {});
    this.#sent += 1;
    const key = options.key === false ? null : `${this.#name}-${this.#sent}`;
    const recorded: Recorded = { buyer, operation, key, attempts: [], answer: undefined, settledMs: 0, repeats: [] };
    this.record.push(recorded);
    this.#startedMs.set(recorded, performance.now());
    await this.#try(recorded, options.server ?? this.#sent % this.#servers, options.cut);
    if (options.once !== true) await this.#settle(recorded);
    return recorded;
  }

  /** Whoever sends something after this waits for ever: a load that a failed scenario has left behind must not disturb the checks. */
  takeNoMore(): void {
    this.#closed = true;
  }

  /** Tries again whatever is not settled yet. */
  async settle(): Promise<void> {
    const open = this.record.filter(({ answer }) => answer === undefined);
    await Promise.all(open.map((recorded) => this.#settle(recorded)));
  }

  /** Sends settled requests once more: a repeat must get the first answer again. */
  async repeat(settled: Recorded[]): Promise<void> {
    await Promise.all(settled.map(async (recorded) => recorded.repeats.push(await this.#repeat(recorded))));
  }

  /** Sends nothing more: a load that a failed scenario has left behind waits from now on. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  async #settle(recorded: Recorded): Promise<void> {
    const endsAt = performance.now() + this.#limits.deadlineMs;
    while (recorded.answer === undefined && recorded.key !== null && performance.now() < endsAt) {
      if (recorded.attempts.length % this.#servers === 0) await sleep(pauseMs);
      await this.#try(recorded, this.#next(recorded));
    }
  }

  async #repeat(recorded: Recorded): Promise<Attempt> {
    const endsAt = performance.now() + this.#limits.deadlineMs;
    for (let server = this.#next(recorded); ; server = (server + 1) % this.#servers) {
      const attempt = await this.#attempt(recorded, server);
      if (settles(attempt.outcome) || performance.now() > endsAt) return attempt;
      await sleep(pauseMs);
    }
  }

  #next({ attempts }: Recorded): number {
    return ((attempts.at(-1)?.server ?? 0) + 1) % this.#servers;
  }

  async #try(recorded: Recorded, server: number, cut?: SendOptions['cut']): Promise<void> {
    const attempt = await this.#attempt(recorded, server, cut);
    recorded.attempts.push(attempt);
    const { outcome } = attempt;
    // Without a key there is no other try. Where there was no room, at least it is known that nothing was done.
    const turnedAway = recorded.key === null && outcome.status === 503 && outcome.body.code === 'OVERLOADED';
    if (!settles(outcome) && !turnedAway) return;
    recorded.answer = outcome;
    recorded.settledMs = performance.now() - (this.#startedMs.get(recorded) ?? 0);
  }

  async #attempt({ buyer: { token }, operation, key }: Recorded, server: number, cut?: SendOptions['cut']): Promise<Attempt> {
    const startedMs = performance.now();
    const message = { ...pathAndBody(operation), token, key };
    const url = this.#urlOf(server);
    const outcome = cut ? await postAndCut(url, message, cut) : await post(url, message, this.#agent, this.#limits.answerMs);
    return { server, tookMs: performance.now() - startedMs, outcome };
  }
}

/** Everything else may be tried again, and must be where nobody knows what became of it. */
function settles(outcome: Outcome): outcome is Answered {
  return outcome.status !== null && outcome.status < 500 && outcome.status !== 429;
}

export function succeeded(record: Recorded[]): Recorded[] {
  return record.filter(({ answer }) => answer !== undefined && answer.status < 300);
}

/** Those that neither succeeded nor were refused with one of these codes. */
export function refusedOtherwise(record: Recorded[], ...codes: string[]): Recorded[] {
  return record.filter(({ answer }) => answer === undefined || (answer.status >= 300 && !codes.includes(answer.body.code ?? '')));
}
