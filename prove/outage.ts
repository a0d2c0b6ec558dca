import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Recorded } from './client.ts';
import type { Buyer, Operation } from './operations.ts';
import type { Round } from './round.ts';

/** Every answer comes within this time, whatever the database does. */
export const answerMsMax = 10_000;
/** Each server serves again by itself this long after the database does. */
const recoveryMsMax = 30_000;
const probeEveryMs = 50;
/** Between two requests of one buyer of a stream: the processors are also needed by what a scenario does meanwhile. */
const pauseMs = 30;

/** To be made while the shop is well. Waits until every server has charged a wallet, which must be soon; notes how long after `event` that was. */
export async function recoveryProbe(round: Round): Promise<(event: string) => Promise<void>> {
  const [buyer] = await round.shop.newBuyers(1);
  if (!buyer) throw new Error('there is no buyer to ask with');
  const untilServed = async (server: number, startedMs: number): Promise<number> => {
    while (performance.now() - startedMs < recoveryMsMax) {
      const { answer } = await round.client.send(buyer, { kind: 'charge', amount: 1 }, { server, once: true });
      if (answer?.status === 200) return Math.round(performance.now() - startedMs);
      await sleep(probeEveryMs);
    }
    return Infinity;
  };
  return async (event) => {
    const startedMs = performance.now();
    const recoveredMs = Math.max(...(await Promise.all(round.cluster.servers.map(({ index }) => untilServed(index, startedMs)))));
    round.note(`every server served again ${recoveredMs} ms after ${event}`);
    round.expect(`all servers serve within ${recoveryMsMax} ms`, recoveredMs <= recoveryMsMax, true);
  };
}

/** A transaction in which nothing more happens until `work` is done: as one whose client has lost its network, an audit, or a dump. */
export async function besideTransaction<T>({ cluster }: Round, begin: string, query: string, values: unknown[], work: () => Promise<T>): Promise<T> {
  const session = new Client({ connectionString: cluster.database.connectionString, application_name: 'prove' });
  await session.connect();
  try {
    await session.query(begin);
    await session.query(query, values);
    return await work();
  } finally {
    await session.end();
  }
}

/** What must hold whatever happens to the database: a living server answers everything, and in time. Without an answer or too late is a difference. */
export function expectAnswers(round: Round): void {
  const { client } = round;
  const attempts = client.record.flatMap((recorded) => recorded.attempts);
  round.expect('tries that a living server did not answer', attempts.filter(({ outcome }) => outcome.status === null).length, 0);
  round.expect(`answers that took longer than ${answerMsMax} ms`, attempts.filter(({ tookMs }) => tookMs > answerMsMax).length, 0);
}

/** Sends what `next` gives, one after the other, until it is stopped; remembers when requests succeeded. */
export interface Stream {
  record: Recorded[];
  /** Longest time without a success between two moments of `performance.now()`, in milliseconds. */
  longestGapMs: (fromMs: number, toMs: number) => number;
  stop: () => Promise<void>;
}

export function startStream(round: Round, buyers: Buyer[], next: (buyer: Buyer) => Operation): Stream {
  const record: Recorded[] = [];
  const successes: number[] = [];
  const stopping = new AbortController();
  const work = async (buyer: Buyer) => {
    while (!stopping.signal.aborted) {
      await sleep(pauseMs);
      const recorded = await round.client.send(buyer, next(buyer));
      record.push(recorded);
      if (recorded.answer && recorded.answer.status < 300) successes.push(performance.now());
    }
  };
  const working = Promise.all(buyers.map(work));
  return {
    record,
    longestGapMs(fromMs, toMs) {
      const moments = [fromMs, ...successes.filter((at) => at > fromMs && at < toMs), toMs];
      return Math.round(Math.max(...moments.slice(1).map((at, index) => at - (moments[index] ?? at))));
    },
    async stop() {
      stopping.abort();
      await working;
    },
  };
}

/** Many reads at once, through all servers: each must have this answer, in time. A 503 says when to try again. */
export async function expectReads(round: Round, path: string, count: number, expected: number): Promise<void> {
  const startedMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const response = await fetch(new URL(path, round.cluster.server(index).url));
      await response.arrayBuffer();
      return { status: response.status, retryAfter: response.headers.get('retry-after'), tookMs: performance.now() - startedMs };
    }),
  );
  const slowestMs = Math.round(Math.max(...answers.map(({ tookMs }) => tookMs)));
  round.note(`${count} reads at once: slowest answer ${slowestMs} ms`);
  round.expect(`reads that were not answered with ${expected}`, answers.filter(({ status }) => status !== expected).length, 0);
  round.expect('503 without Retry-After', answers.filter(({ status, retryAfter }) => status === 503 && retryAfter === null).length, 0);
  round.expect(`reads that took longer than ${answerMsMax} ms`, slowestMs > answerMsMax, false);
}
