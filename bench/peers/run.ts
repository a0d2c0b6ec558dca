import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'pg';
import { startEmbeddedPostgres } from '../../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { describeMachine } from '../processes.ts';
import { auditText, machineText } from '../report.ts';
import { findRunningPostgres } from '../running-postgres.ts';
import { type Measured, measureLoad } from './load.ts';
import { medusa } from './medusa/medusa.ts';
import { openrun } from './openrun.ts';
import { say, sayStep } from './program.ts';
import { raceForCoupon, raceForStock } from './races.ts';
import { type Result, printFailures, printLoads, printRaces } from './report.ts';
import type { Shop, Wanted } from './shop.ts';
import { vendure } from './vendure/vendure.ts';

const { values: options } = parseArgs({
  options: {
    concurrency: { type: 'string', default: '16,64' },
    seconds: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '10' },
    products: { type: 'string', default: '1000' },
    buyers: { type: 'string', default: '300' },
    units: { type: 'string', default: '50' },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: '' },
  },
});

const shops = { openrun, vendure, medusa };
const plenty = 100_000_000;
const buyers = Number(options.buyers);
const products = Number(options.products);
const concurrencies = options.concurrency.split(',').map(Number);
if (Math.max(...concurrencies) > buyers) throw new Error('--buyers must not be fewer than those at once');
const wanted: Wanted = {
  products, stock: plenty, scarceStock: Number(options.units), couponUses: Number(options.units), couponCode: 'LIMITED',
  // One crowd for the load, and fresh ones for the two races: a shop may keep what a refused buyer had begun.
  buyers: 3 * buyers,
};
const crowd = (nth: number) => Array.from({ length: buyers }, (_, n) => nth * buyers + n);

// Installed first, so that it disturbs no measurement.
const chosen: Shop[] = [];
for (const [name, prepare] of Object.entries(shops)) if (options.only === '' || options.only.split(',').includes(name)) chosen.push(await prepare());

const dataDir = await mkdtemp(join(tmpdir(), 'openrun-peers-'));
const postgres = await startEmbeddedPostgres({ dataDir });
await postgres.makeLogAhead();
const pool = new Pool({ connectionString: postgres.connectionString, max: 1 });
try {
  await run();
} finally {
  await pool.end();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const running = await findRunningPostgres(pool);
  const machine = describeMachine(running.version);
  say(machineText(machine));
  const results: Result[] = [];
  for (const shop of chosen) results.push(await measure(shop, running.pid));
  printLoads(results);
  printRaces(results);
  printFailures(results);
  if (options.json !== '') await writeFile(options.json, JSON.stringify({ machine, options, results }, null, 2));
}

async function measure(shop: Shop, postgresPid: number): Promise<Result> {
  const name = `peer_${shop.name.split(' ')[0]?.toLowerCase()}`;
  await pool.query(`CREATE DATABASE ${name}`);
  const url = new URL(postgres.connectionString);
  url.pathname = `/${name}`;
  sayStep(`${shop.name}: filling and starting`);
  const open = await shop.open(url.href, wanted);
  try {
    await vacuum(url.href);
    const load = { buyers: crowd(0), products, postgresPid };
    const loads: Measured[] = [];
    for (const concurrency of concurrencies) {
      sayStep(`${shop.name}: ${concurrency} buyers at once, ${options.seconds} s`);
      await measureLoad(open, { ...load, concurrency, seconds: Number(options.warmup) });
      loads.push(await measureLoad(open, { ...load, concurrency, seconds: Number(options.seconds) }));
    }
    sayStep(`${shop.name}: ${buyers} buyers at once, ${options.units} units; then ${options.units} uses of a coupon`);
    const oversell = await raceForStock(open, crowd(1));
    const coupon = await raceForCoupon(open, crowd(2), products);
    const report = await open.audit?.();
    if (report) say(auditText(report));
    if (report?.clean === false) process.exitCode = 1;
    return { shop: shop.name, loads, oversell, coupon };
  } finally {
    await open.close();
    await pool.query(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

/** What autovacuum would come to do in the middle of a run, and the planner wants to know. */
async function vacuum(connectionString: string): Promise<void> {
  const filled = new Pool({ connectionString, max: 1 });
  await filled.query('VACUUM ANALYZE');
  await filled.end();
}
