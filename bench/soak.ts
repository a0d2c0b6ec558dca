import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { audit } from '../server/src/infrastructure/postgres/audit/audit.ts';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { openLoaded, plenty } from './loaded-database.ts';
import { Driver } from './open-loop.ts';
import { median } from './measure.ts';
import { preparedOrders } from './prepared-orders.ts';
import { cpuSecondsOf, describeMachine, memoryMiBOf, startShop } from './processes.ts';
import { auditText, machineText } from './report.ts';
import { findRunningPostgres } from './running-postgres.ts';

/** Orders at a share of the peak for a long time, with everything that happens meanwhile: checkpoints, autovacuum, statistics, clean-up. */
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    share: { type: 'string', default: '0.7' },
    connections: { type: 'string', default: '256' },
    orders: { type: 'string', default: '200000' },
    /** Of PostgreSQL; where left out, what `openrun start` gives a new one. */
    'shared-buffers': { type: 'string' },
    'max-wal-size': { type: 'string' },
    json: { type: 'string', default: '' },
  },
});

interface Minute {
  minute: number;
  soldPerSecond: number;
  refused: number;
  /** Due while all connections waited for an answer. */
  unsent: number;
  p50Ms: number;
  p99Ms: number;
  memoryMiB: number;
  cores: { server: number; postgres: number };
  /** What an order adds to PostgreSQL's log, whole pages included. */
  logKiBAnOrder: number;
  checkpoints: number;
  autovacuums: number;
  outboxRows: number;
}

/** Long enough that code and caches are warm, and for a peak that is not a moment's luck. */
const peakSeconds = 15;

const oldEvents = 500_000;

const dataDir = await mkdtemp(join(tmpdir(), 'openrun-soak-'));
const { 'shared-buffers': sharedBuffers, 'max-wal-size': maxWalSize } = options;
const asked = { ...(sharedBuffers && { shared_buffers: sharedBuffers }), ...(maxWalSize && { max_wal_size: maxWalSize }) };
const postgres = await startEmbeddedPostgres({ dataDir, settings: asked });
const database = await openLoaded(postgres.connectionString, { ...plenty, users: 100_000, variants: 2_000, orders: Number(options.orders) });
const { pool } = database;
// Events that are old enough to be removed during the soak, read long ago.
await pool.query(
  `INSERT INTO outbox (transaction_id, event_id, type, subject, data, created_at)
   SELECT '3', gen_random_uuid(), 'order.paid', gen_random_uuid(), '{"items": []}', now() - interval '8 days' FROM generate_series(1, $1::int)`,
  [oldEvents],
);
// As `openrun start` does.
await postgres.makeLogAhead();
const shop = await startShop(postgres.connectionString);
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
  const { rows: [settings] } = await pool.query<{ shared_buffers: string; max_wal_size: string }>(
    `SELECT current_setting('shared_buffers') AS shared_buffers, current_setting('max_wal_size') AS max_wal_size`,
  );
  say(`settings   shared_buffers ${settings?.shared_buffers}, max_wal_size ${settings?.max_wal_size}`);
  const driver = new Driver(shop.url, Number(options.connections), await preparedOrders(pool));
  await driver.closedLoop(Number(options.connections), peakSeconds);
  const peak = (await driver.closedLoop(Number(options.connections), peakSeconds)).status.filter((status) => status === 201).length / peakSeconds;
  const perSecond = peak * Number(options.share);
  say(`peak ${peak.toFixed(0)} orders/s by ${options.connections} buyers; from now on ${perSecond.toFixed(0)}/s\n`);
  say('minute   sold/s  refused   unsent   p50 ms   p99 ms   memory MiB   cores: server  postgres   log KiB/order   checkpoints   autovacuums   outbox rows');
  const minutes: Minute[] = [];
  for (let minute = 1; minute <= Number(options.minutes); minute += 1) {
    const row = await measure(driver, running.pid, minute, perSecond);
    minutes.push(row);
    print(row);
  }
  driver.close();
  const third = Math.ceil(minutes.length / 3);
  const [early, late] = [minutes.slice(0, third), minutes.slice(-third)];
  const of = (rows: Minute[], field: 'p50Ms' | 'p99Ms' | 'memoryMiB') => median(rows.map((row) => row[field])).toFixed(0);
  say(`\nfirst third to last third (medians): p50 ${of(early, 'p50Ms')} to ${of(late, 'p50Ms')} ms, p99 ${of(early, 'p99Ms')} to ${of(late, 'p99Ms')} ms, memory ${of(early, 'memoryMiB')} to ${of(late, 'memoryMiB')} MiB`);
  const report = await audit(pool);
  say(auditText(report));
  if (!report.clean) process.exitCode = 1;
  if (options.json !== '') await writeFile(options.json, `${JSON.stringify({ machine, settings, peak, perSecond, minutes, auditClean: report.clean }, null, 2)}\n`);
}

async function measure(driver: Driver, postgresPid: number, minute: number, perSecond: number): Promise<Minute> {
  const seconds = 60;
  const cpu = () => ({ server: cpuSecondsOf(shop.pid), postgres: cpuSecondsOf(postgresPid) });
  const [before, done] = [cpu(), await backgroundWork()];
  const answers = await driver.openLoop(perSecond, seconds);
  const after = cpu();
  await driver.answered(answers);
  const now = await backgroundWork();
  const latencies = answers.latencyMs.filter((_, n) => answers.status[n] === 201).toSorted((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    minute, soldPerSecond: latencies.length / seconds, refused: answers.status.length - latencies.length, unsent: answers.unsent,
    p50Ms: at(0.5), p99Ms: at(0.99), memoryMiB: memoryMiBOf(shop.pid),
    cores: { server: (after.server - before.server) / seconds, postgres: (after.postgres - before.postgres) / seconds },
    logKiBAnOrder: (now.logBytes - done.logBytes) / 1024 / latencies.length, checkpoints: now.checkpoints - done.checkpoints, autovacuums: now.autovacuums - done.autovacuums, outboxRows: now.outboxRows,
  };
}

async function backgroundWork(): Promise<{ logBytes: number; checkpoints: number; autovacuums: number; outboxRows: number }> {
  const { rows: [row] } = await pool.query(`
    SELECT (SELECT wal_bytes::float8 FROM pg_stat_wal) AS "logBytes", (SELECT num_done FROM pg_stat_checkpointer) AS checkpoints,
           (SELECT sum(autovacuum_count + autoanalyze_count)::int FROM pg_stat_user_tables) AS autovacuums,
           (SELECT count(*)::int FROM outbox) AS "outboxRows"`);
  return row;
}

function print({ minute, soldPerSecond, refused, unsent, p50Ms, p99Ms, memoryMiB, cores, logKiBAnOrder, checkpoints, autovacuums, outboxRows }: Minute): void {
  const columns = [
    [minute, 6, 0], [soldPerSecond, 9, 0], [refused, 9, 0], [unsent, 9, 0], [p50Ms, 9, 0], [p99Ms, 9, 0], [memoryMiB, 13, 0], [cores.server, 16, 2], [cores.postgres, 10, 2],
    [logKiBAnOrder, 16, 1], [checkpoints, 14, 0], [autovacuums, 14, 0], [outboxRows, 14, 0],
  ] as const;
  say(columns.map(([value, width, digits]) => value.toFixed(digits).padStart(width)).join(''));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
