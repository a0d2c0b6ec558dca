import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { signAccessToken } from '../server/src/infrastructure/access-tokens.ts';
import { audit } from '../server/src/infrastructure/postgres/audit/audit.ts';
import type { Database } from '../server/src/infrastructure/postgres/database.ts';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { ownDriver } from './driver.ts';
import { makeFixtures } from './fixtures.ts';
import { type Grown, readsOf, tableOf } from './growth-table.ts';
import { showSteps } from './history/steps.ts';
import { openFilled, openLoaded, plenty } from './loaded-database.ts';
import { type Measured, measure } from './measure.ts';
import { describeMachine, secret, startShop } from './processes.ts';
import { auditText, machineText } from './report.ts';
import { findRunningPostgres } from './running-postgres.ts';
import { type Fixtures, type Scenario, type Target, orders as plainOrders, scenarios } from './scenarios.ts';

/** How the same requests do on shops that differ in nothing but the number of their past orders. */
const { values: options } = parseArgs({
  allowNegative: true,
  options: {
    sizes: { type: 'string', default: '10000,1000000' },
    users: { type: 'string', default: '100000' },
    variants: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    'rate-seconds': { type: 'string', default: '15' },
    /** Before the rates are measured. */
    'warm-rounds': { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    'data-dir': { type: 'string', default: '' },
    /** Of each PostgreSQL. A large shop has more than the default for its wallets and the ends of their histories. */
    'shared-buffers': { type: 'string', default: '2GB' },
    /** The same: a large shop touches more pages between two checkpoints, and the first change of each is written to the log as a whole. */
    'max-wal-size': { type: 'string', default: '8GB' },
    audit: { type: 'boolean', default: true },
    json: { type: 'string' },
  },
});

interface Shop {
  orders: number;
  postgresVersion: string;
  target: Target;
  fixtures: Fixtures;
  database: Database;
  reads: Scenario[];
  stop(): Promise<void>;
}

const ordersOfShopper = 25;
const rates = scenarios.filter((scenario) => scenario === plainOrders || scenario.name === 'coupon issue');
const say = (line: string) => void process.stdout.write(`${line}\n`);

const shops: Shop[] = [];
try {
  for (const orders of options.sizes.split(',').map(Number)) shops.push(await openShop(orders));
  const machine = describeMachine(shops[0]?.postgresVersion ?? '');
  say(machineText(machine));
  // Rates come last: they make the shops larger.
  const reads = await inRounds(({ reads: own }) => own, { connections: 1, seconds: Number(options.seconds), warmRounds: 1 });
  const atOnce = { connections: Number(options.connections), seconds: Number(options['rate-seconds']), warmRounds: Number(options['warm-rounds']) };
  const grown = [...reads, ...(await inRounds(() => rates, atOnce))];
  say(`\n${tableOf(grown, shops.map(({ orders }) => orders))}\n`);
  if (options.audit) for (const shop of shops) await auditShop(shop);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ machine, grown }, null, 2)}\n`);
} finally {
  for (const shop of shops) await shop.stop();
}

async function openShop(orders: number): Promise<Shop> {
  const kept = options['data-dir'] !== '';
  const dataDir = kept ? join(options['data-dir'], String(orders)) : await mkdtemp(join(tmpdir(), 'openrun-growth-'));
  const settings = { shared_buffers: options['shared-buffers'], max_wal_size: options['max-wal-size'] };
  const postgres = await startEmbeddedPostgres({ dataDir, settings });
  const database = await openShopOf(orders, postgres.connectionString);
  await readIntoMemory(database);
  const server = await startShop(postgres.connectionString);
  const running = await findRunningPostgres(database.pool);
  const { rows: [anyone] } = await database.pool.query<{ id: string }>('SELECT id FROM users LIMIT 1');
  const fixtures = await makeFixtures(database.pool, secret);
  const shopper = fixtures.buyers[0]?.token ?? '';
  const operator = signAccessToken(secret, { userId: anyone?.id ?? '', role: 'operator' }, 86_400);
  await shopFor(server.url, shopper, fixtures);
  return {
    orders, fixtures, database, postgresVersion: running.version,
    target: { floor: server, shops: [server], servers: [server], postgresPid: running.pid },
    reads: readsOf({ shopper, operator, productId: fixtures.hot.productId }),
    async stop() {
      await server.stop();
      await database.close();
      await postgres.stop();
      if (!kept) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A shop that was kept is taken as it is. */
async function openShopOf(orders: number, connectionString: string): Promise<Database> {
  const found = await openFilled(connectionString);
  if (found) return found;
  say(`loading ${options.users} users, ${options.variants} variants, ${orders} past orders`);
  const history = { users: Number(options.users), variants: Number(options.variants), orders };
  return openLoaded(connectionString, { ...plenty, ...history }, showSteps(orders));
}

/**
 * What an order reads or changes: indexes, wallets and variants. A shop that has been selling has them in memory; one that has just been
 * loaded, or opened, would be measured by its disk.
 */
async function readIntoMemory({ pool }: Database): Promise<void> {
  const startedMs = performance.now();
  await pool.query('CREATE EXTENSION IF NOT EXISTS pg_prewarm');
  const { rows: [read] } = await pool.query<{ gigabytes: number }>(`
    SELECT sum(pg_prewarm(oid, 'read') * current_setting('block_size')::float8 / 2 ^ 30) AS gigabytes FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND (relkind = 'i' OR oid IN ('wallets'::regclass, 'variants'::regclass))`);
  say(`read ${read?.gigabytes.toFixed(1)} GB of indexes, wallets and variants into memory, ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

/** The shopper has more than a page of everything, at each size. */
async function shopFor(url: string, token: string, { items }: Fixtures): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const send = async (path: string, body: object) => {
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
  };
  for (let n = 0; n < ordersOfShopper; n += 1) await send('/order', { items: [{ ...items[n % items.length], quantity: 1 }] });
  for (const item of items.slice(0, 2)) await send('/cart/add', { ...item, quantity: 1 });
}

/**
 * The sizes take turns, so that a machine that slows down slows all of them. The first rounds warm up. For the rates of a large shop that takes
 * its time: after a start each page that is changed comes from the system's cache, and is written to the log as a whole.
 */
async function inRounds(
  scenariosOf: (shop: Shop) => Scenario[],
  { connections, seconds, warmRounds }: { connections: number; seconds: number; warmRounds: number },
): Promise<Grown[]> {
  const names = shops[0] ? scenariosOf(shops[0]).map(({ name }) => name) : [];
  const measured = new Map<string, Measured[][]>(names.map((name) => [name, shops.map(() => [])]));
  for (let round = 1 - warmRounds; round <= Number(options.rounds); round += 1) {
    for (const [index, name] of names.entries()) {
      for (const [size, shop] of shops.entries()) {
        const scenario = scenariosOf(shop)[index];
        if (!scenario) continue;
        const result = await measure(scenario, shop.target, shop.fixtures, { connections, seconds, driver: ownDriver });
        if (round > 0) measured.get(name)?.[size]?.push(result);
      }
    }
    say(`${connections} connections: ${round > 0 ? `round ${round} of ${options.rounds}` : 'warm'}`);
  }
  return names.map((name) => ({ name, latency: connections === 1, sizes: measured.get(name) ?? [] }));
}

async function auditShop({ orders, database }: Shop): Promise<void> {
  const startedMs = performance.now();
  const report = await audit(database.pool);
  say(`${orders} orders and those of the load, ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${auditText(report)}`);
  if (!report.clean) process.exitCode = 1;
}
