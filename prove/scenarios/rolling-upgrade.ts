import { setTimeout as sleep } from 'node:timers/promises';
import { loadHistory } from '../../bench/history/load-history.ts';
import { runCommand } from '../../server/test/server-process.ts';
import { type NextRelease, makeNextRelease } from '../next-release.ts';
import type { Buyer, Operation } from '../operations.ts';
import { type Stream, besideTransaction, startStream } from '../outage.ts';
import type { Round, Scenario } from '../round.ts';

/** How much longer than usual nobody is sold anything. */
const pauseMsMax = 1_000;
const buyersCount = 12;
const releases: NextRelease[] = [];

export const rollingUpgrade: Scenario = {
  name: 'rolling-upgrade',
  protects: 'A new version migrates large tables and replaces the servers one by one; sales never pause for longer than a second, and none is lost.',
  // The tables do not stay as they were.
  cluster: {},
  async cleanUp() {
    for (const { remove } of releases.splice(0)) await remove();
  },
  async run(round) {
    if (releases.length === 0) await loadPast(round);
    const next = await makeNextRelease(releases.length + 1);
    releases.push(next);
    const sales = startStream(round, await round.shop.newBuyers(buyersCount, 900_000), await sellingOf(round));
    await sleep(500);
    const usualMs = await longestGapDuring(sales, () => sleep(round.size(5_000, 2_000)));
    const migratingMs = await longestGapDuring(sales, () => migrate(round, next));
    await expectMigrated(round, next);
    if (!round.short) await restartOldOne(round);
    const replacingMs = await longestGapDuring(sales, () => replaceServers(round, next));
    await sales.stop();
    round.note(`longest time without a sale: usually ${usualMs} ms, while migrating ${migratingMs} ms, while replacing servers ${replacingMs} ms`);
    round.expect(`sales pause at most ${pauseMsMax} ms longer than usual`, Math.max(migratingMs, replacingMs) - usualMs <= pauseMsMax, true);
    round.expect('refused sales', sales.record.filter(({ answer }) => answer && answer.status >= 300).length, 0);
  },
};

async function loadPast(round: Round): Promise<void> {
  await loadHistory(round.cluster.database.pool, { users: 5_000, balance: 0, variants: 500, stock: 10_000, orders: round.size(200_000, 20_000) });
}

async function sellingOf(round: Round): Promise<(buyer: Buyer) => Operation> {
  const goods = await round.shop.newGoods(8, { stock: 1_000_000, price: 100 });
  const random = round.random.fork();
  return () => {
    if (random.chance(0.2)) return { kind: 'charge', amount: 1 };
    return { kind: random.pick(['order', 'hold']), items: [{ ...random.pick(goods), quantity: 1 }] };
  };
}

async function longestGapDuring(sales: Stream, work: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await work();
  return sales.longestGapMs(fromMs, performance.now());
}

/** Beside a transaction that has read the tables and does not end for a while, as an audit or a dump: the migration must give way to sales. */
async function migrate(round: Round, { program }: NextRelease): Promise<void> {
  const startedMs = performance.now();
  const reads = 'SELECT (SELECT 1 FROM orders LIMIT 1), (SELECT 1 FROM payments LIMIT 1)';
  const migrating = await besideTransaction(round, 'BEGIN ISOLATION LEVEL REPEATABLE READ', reads, [], async () => {
    const running = runCommand(['migrate'], round.cluster.environment, program);
    await untilWaiting(round);
    await sleep(2_000);
    return { running };
  });
  const { code, stderr } = await migrating.running;
  round.note(`migrated in ${Math.round(performance.now() - startedMs)} ms; gave way ${stderr.match(/gave way/g)?.length ?? 0} times`);
  round.expect('exit code of the migration', code, 0);
  round.expect('the migration gave way to the long transaction', stderr.includes('gave way'), true);
}

async function untilWaiting({ cluster }: Round): Promise<void> {
  for (;;) {
    const waiting = await cluster.database.rows(`SELECT FROM pg_stat_activity WHERE application_name = 'openrun migration' AND wait_event_type = 'Lock'`);
    if (waiting.length > 0) return;
    await sleep(20);
  }
}

async function expectMigrated(round: Round, { migrations }: NextRelease): Promise<void> {
  const { database } = round.cluster;
  const ran = await database.rows<{ name: string }>('SELECT name FROM kysely_migration WHERE name = ANY($1) ORDER BY name', [migrations]);
  round.expect('migrations that ran', ran.map(({ name }) => name), migrations);
  const invalid = await database.rows('SELECT FROM pg_index WHERE NOT indisvalid UNION ALL SELECT FROM pg_constraint WHERE NOT convalidated AND conenforced');
  round.expect('indexes and constraints that are not valid', invalid.length, 0);
}

/** The old version must also start on the new tables. */
async function restartOldOne(round: Round): Promise<void> {
  const server = round.random.pick(round.cluster.servers);
  await server.kill();
  await server.start();
}

/** With `--short` only one, so that old and new ones go on side by side. */
async function replaceServers(round: Round, { program }: NextRelease): Promise<void> {
  const { servers } = round.cluster;
  for (const server of round.random.shuffled(servers).slice(0, round.size(servers.length, 1))) {
    await server.stop();
    await server.start({ program });
  }
}
