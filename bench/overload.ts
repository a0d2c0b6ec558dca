import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, styleText } from 'node:util';
import { audit } from '../server/src/infrastructure/postgres/audit/audit.ts';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { openLoaded, plenty } from './loaded-database.ts';
import { type Answers, Driver } from './open-loop.ts';
import { median } from './measure.ts';
import { preparedOrders } from './prepared-orders.ts';
import { cpuSecondsOf, describeMachine, memoryMiBOf, startShop } from './processes.ts';
import { auditText, machineText } from './report.ts';
import { findRunningPostgres } from './running-postgres.ts';

/** What the shop does when more is asked of it than it can do: goodput, memory, health checks, and how soon it is back to normal. */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '8000' },
    times: { type: 'string', default: '1,2,5' },
    json: { type: 'string', default: '' },
  },
});
const seconds = Number(options.seconds);
/** The share of its peak that goodput must keep. */
const goodputMin = 0.8;
/** An answer that takes longer is not normal. */
const slowMs = 250;

interface Row {
  phase: string;
  askedPerSecond: number;
  goodput: number;
  p50Ms: number;
  p99Ms: number;
  refusedPerSecond: number;
  refusedP99Ms: number;
  /** Due while all connections waited for an answer. */
  unsentPerSecond: number;
  healthMaxMs: number;
  healthFailures: number;
  memoryMiB: number;
  cores: { server: number; postgres: number; driver: number };
  unanswered: number;
  unexpected: number;
}

interface Round {
  sustainable: number;
  rows: Row[];
  after: Row;
  backAfterMs: number;
}

const dataDir = await mkdtemp(join(tmpdir(), 'openrun-overload-'));
const postgres = await startEmbeddedPostgres({ dataDir });
const database = await openLoaded(postgres.connectionString, { ...plenty, users: 20_000, variants: 1_000, orders: 20_000 });
const { pool } = database;
// As `openrun start` does.
await postgres.makeLogAhead();
const shop = await startShop(postgres.connectionString, { LOG_LEVEL: 'error' });
try {
  await run();
} finally {
  await shop.stop();
  await database.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const running = await findRunningPostgres(pool);
  const machine = describeMachine(running.version);
  say(machineText(machine));
  const driver = new Driver(shop.url, Number(options.connections), await preparedOrders(pool));
  const phase = (name: string, perSecond: number, length: number) => measure(driver, running.pid, name, perSecond, length);

  // All connections are opened now: to take one is more work than to refuse a request.
  await driver.closedLoop(Number(options.connections), 5);
  const rounds: Round[] = [];
  for (let n = 1; n <= Number(options.rounds); n += 1) {
    const sustainable = perSecondOf(await driver.closedLoop(256, seconds), seconds);
    say(`\nround ${n}: sustainable ${sustainable.toFixed(0)} orders/s: what 256 buyers get who each wait for their answer`);
    printHead();
    const rows: Row[] = [];
    for (const times of options.times.split(',').map(Number)) {
      const { row } = await phase(`${times} x`, times * sustainable, seconds);
      rows.push(row);
      printRow(row);
    }
    // Right after the flood, without a pause, half of what can be sustained.
    const { row, answers } = await phase('after it', sustainable / 2, seconds);
    printRow(row);
    rounds.push({ sustainable, rows, after: row, backAfterMs: lastTroubleMs(answers) });
  }
  driver.close();
  await judge(rounds);
  if (options.json !== '') await writeFile(options.json, JSON.stringify({ machine, rounds }, null, 2));
}

async function measure(driver: Driver, postgresPid: number, phase: string, perSecond: number, length: number): Promise<{ row: Row; answers: Answers }> {
  const cpu = () => ({ server: cpuSecondsOf(shop.pid), postgres: cpuSecondsOf(postgresPid), driver: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 });
  const before = cpu();
  const watch = watchHealth();
  const answers = await driver.openLoop(perSecond, length);
  const after = cpu();
  const health = await watch.end();
  const unanswered = await driver.answered(answers);
  const accepted = answers.latencyMs.filter((_, n) => answers.status[n] === 201);
  const refused = answers.latencyMs.filter((_, n) => answers.status[n] === 503);
  const row = {
    phase, askedPerSecond: perSecond, goodput: perSecondOf(answers, length),
    p50Ms: percentile(accepted, 0.5), p99Ms: percentile(accepted, 0.99),
    refusedPerSecond: refused.length / length, refusedP99Ms: percentile(refused, 0.99), unsentPerSecond: answers.unsent / length,
    ...health,
    cores: { server: (after.server - before.server) / length, postgres: (after.postgres - before.postgres) / length, driver: (after.driver - before.driver) / length },
    unanswered, unexpected: answers.status.length - accepted.length - refused.length,
  };
  return { row, answers };
}

/** Accepted orders that were answered within the phase. */
function perSecondOf({ status, dueMs, latencyMs }: Answers, length: number): number {
  return status.filter((each, n) => each === 201 && dueMs[n]! + latencyMs[n]! <= length * 1_000).length / length;
}

function lastTroubleMs({ status, dueMs, latencyMs }: Answers): number {
  return dueMs.reduce((last, due, n) => (status[n] === 201 && latencyMs[n]! < slowMs ? last : Math.max(last, due)), 0);
}

/** Asks for the health five times a second, and looks at the server's memory. */
function watchHealth(): { end(): Promise<Pick<Row, 'healthMaxMs' | 'healthFailures' | 'memoryMiB'>> } {
  const seen = { healthMaxMs: 0, healthFailures: 0, memoryMiB: 0 };
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const startMs = performance.now();
      const healthy = await fetch(`${shop.url}/healthz`).then((response) => response.ok, () => false);
      seen.healthMaxMs = Math.max(seen.healthMaxMs, performance.now() - startMs);
      if (!healthy) seen.healthFailures += 1;
      seen.memoryMiB = Math.max(seen.memoryMiB, memoryMiBOf(shop.pid));
      await sleep(200);
    }
    return seen;
  })();
  return {
    end() {
      ending.abort();
      return watching;
    },
  };
}

/** Medians of the rounds: a machine that slows down between two phases of one round proves nothing. */
async function judge(rounds: Round[]): Promise<void> {
  const kept = median(rounds.map(({ sustainable, rows }) => rows.at(-1)!.goodput / Math.max(sustainable, ...rows.map(({ goodput }) => goodput))));
  const back = median(rounds.map(({ backAfterMs }) => backAfterMs));
  const all = rounds.flatMap(({ rows, after }) => [...rows, after]);
  say('');
  verdict(kept >= goodputMin, `goodput at the highest load: ${(100 * kept).toFixed(0)} % of its round's peak, must be ${100 * goodputMin} %`);
  verdict(all.every((row) => row.unanswered + row.unexpected + row.healthFailures === 0), 'every order is answered with 201 or 503, every health check with 200');
  verdict(back < (seconds / 2) * 1_000, `back to normal after ${(back / 1_000).toFixed(1)} s: from then on every order is accepted, within ${slowMs} ms`);
  const report = await audit(pool);
  verdict(report.clean, auditText(report));
}

function verdict(good: boolean, what: string): void {
  say(`${good ? styleText('green', 'yes') : styleText('red', 'NO ')}  ${what}`);
  if (!good) process.exitCode = 1;
}

function percentile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

function printHead(): void {
  say('load        asked/s   201/s   p50 ms   p99 ms   503/s   p99 ms  unsent/s   health max ms   memory MiB   cores: server  postgres  driver');
}

function printRow(row: Row): void {
  const { server, postgres: databaseCores, driver } = row.cores;
  const numbers = [
    [row.askedPerSecond, 9], [row.goodput, 8], [row.p50Ms, 9], [row.p99Ms, 9], [row.refusedPerSecond, 8], [row.refusedP99Ms, 9], [row.unsentPerSecond, 10], [row.healthMaxMs, 16], [row.memoryMiB, 13],
  ] as const;
  say(`${row.phase.padEnd(10)} ${numbers.map(([value, width]) => value.toFixed(0).padStart(width)).join('')}${server.toFixed(2).padStart(16)}${databaseCores.toFixed(2).padStart(10)}${driver.toFixed(2).padStart(8)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
