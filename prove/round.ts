import type { AuditReport } from '../server/src/application/ports.ts';
import { RecordingClient, type ClientLimits, type Recorded } from './client.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';
import { type Difference, checkAnswers, compareFacts } from './compare.ts';
import { factsOfRecord } from './facts.ts';
import { Fixtures } from './fixtures.ts';
import { Random } from './random.ts';
import { readStoredFacts } from './stored-facts.ts';

/** One fault, or one race, and what must hold in spite of it. See README.md. */
export interface Scenario {
  name: string;
  /** What it protects, in one sentence. */
  protects: string;
  /** Without it the scenario shares a cluster of three servers with the others; with it, it has one of its own. */
  cluster?: ClusterOptions | (() => Promise<ClusterOptions>);
  /** Puts back what `cluster` has made, such as a mounted file system, once its cluster is closed. */
  cleanUp?: () => Promise<void>;
  limits?: Partial<ClientLimits>;
  run: (round: Round) => Promise<void>;
}

/** What a scenario is given: a cluster, fixtures of its own, a client that records, and repeatable chance. */
export class Round {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly shop: Fixtures;
  readonly client: RecordingClient;
  readonly short: boolean;
  readonly differences: Difference[] = [];
  readonly notes: string[] = [];
  skipped: string | undefined;

  constructor(cluster: Cluster, scenario: Scenario, seed: number, short: boolean) {
    this.cluster = cluster;
    this.short = short;
    this.random = new Random(`${scenario.name} ${seed}`);
    this.shop = new Fixtures(cluster.database);
    const urlOf = (server: number) => cluster.server(server).url;
    this.client = new RecordingClient(`${scenario.name}-${seed}`, cluster.servers.length, urlOf, scenario.limits);
  }

  /** The full size, or the short one with `--short`. */
  size(full: number, short: number): number {
    return this.short ? short : full;
  }

  /** Says in the report what happened, such as what was killed when. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** Says in the report that nothing could be proven here, and why; the scenario then returns. */
  skip(reason: string): void {
    this.skipped = reason;
  }

  /** A count that this scenario demands, beyond what is checked after every round. */
  expect(what: string, found: unknown, expected: unknown): void {
    if (JSON.stringify(found) === JSON.stringify(expected)) return;
    this.differences.push({ what, detail: `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`, keys: [] });
  }
}

export interface RoundResult {
  scenario: string;
  seed: number;
  requests: number;
  /** Answers by status, of first and further tries; `unanswered` counts those without one. */
  answers: Record<string, number>;
  retries: number;
  worstAnswerMs: number;
  /** From the first try to the answer that settled it. */
  worstSettledMs: number;
  auditClean: boolean;
  differences: Difference[];
  notes: string[];
  /** Why the scenario could not be run on this machine. */
  skipped?: string;
  tookMs: number;
}

/** Settled requests that are sent once more after each round. */
const repeatsMax = 60;

/** Runs a scenario once, mends what it broke, and compares the record, the database and the audit. */
export async function runRound(cluster: Cluster, scenario: Scenario, seed: number, short: boolean): Promise<RoundResult> {
  const startedMs = performance.now();
  const round = new Round(cluster, scenario, seed, short);
  const { client, differences } = round;
  const mustWork = (what: string, work: Promise<void>) =>
    work.catch((error: Error) => void differences.push({ what, detail: error.stack ?? error.message, keys: [] }));
  try {
    await mustWork('the scenario failed', scenario.run(round));
    client.takeNoMore();
    await mustWork('the cluster did not recover', cluster.mend());
    await client.settle();
    await client.repeat(round.random.shuffled(client.record.filter(isKept)).slice(0, repeatsMax));
    differences.push(...crashesOf(cluster), ...checkAnswers(round.shop.opening, client.record));
    const stored = await readStoredFacts(cluster.database.pool, round.shop.opening);
    differences.push(...compareFacts(factsOfRecord(round.shop.opening, client.record), stored));
    const auditClean = await auditOf(cluster, differences);
    return { scenario: scenario.name, seed, ...countsOf(client.record), auditClean, differences, notes: round.notes, ...(round.skipped !== undefined && { skipped: round.skipped }), tookMs: performance.now() - startedMs };
  } finally {
    client.close();
  }
}

/** Answers that the server has promised to give again. */
function isKept({ key, answer }: Recorded): boolean {
  return key !== null && answer !== undefined && (answer.status < 300 || answer.status === 409);
}

function crashesOf(cluster: Cluster): Difference[] {
  return cluster.servers.flatMap(({ index, crashes }) =>
    crashes.splice(0).map(({ code, stderr }) => ({ what: 'a server ended by itself', detail: `server ${index}, code ${code}: ${stderr.slice(-2_000)}`, keys: [] })),
  );
}

async function auditOf(cluster: Cluster, differences: Difference[]): Promise<boolean> {
  const { code, stdout, stderr } = await cluster.command(['audit', '--json']);
  let report: AuditReport;
  try {
    report = JSON.parse(stdout) as AuditReport;
  } catch {
    differences.push({ what: 'the audit could not run', detail: `code ${code}: ${stderr}`, keys: [] });
    return false;
  }
  for (const check of report.checks.filter(({ wrong }) => wrong > 0)) {
    const listed = check.differences.map(({ id, difference }) => `${id}: ${difference}`).join('; ');
    differences.push({ what: `audit, ${check.name}`, detail: `${check.wrong} wrong of ${check.checked}: ${listed}`, keys: [] });
  }
  return report.clean && code === 0;
}

function countsOf(record: Recorded[]) {
  const answers: Record<string, number> = {};
  let worstAnswerMs = 0;
  let worstSettledMs = 0;
  let retries = 0;
  for (const { attempts, settledMs } of record) {
    retries += attempts.length - 1;
    for (const { outcome, tookMs } of attempts) {
      const status = String(outcome.status ?? 'unanswered');
      answers[status] = (answers[status] ?? 0) + 1;
      if (outcome.status !== null) worstAnswerMs = Math.max(worstAnswerMs, tookMs);
    }
    worstSettledMs = Math.max(worstSettledMs, settledMs);
  }
  return { requests: record.length, answers, retries, worstAnswerMs: Math.round(worstAnswerMs), worstSettledMs: Math.round(worstSettledMs) };
}
