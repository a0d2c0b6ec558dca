import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { audit } from '../server/src/infrastructure/postgres/audit/audit.ts';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { type AloneRow, measureAlone } from './alone.ts';
import { type Driver, ownDriver } from './driver.ts';
import { makeFixtures } from './fixtures.ts';
import { openLoaded, plenty } from './loaded-database.ts';
import { type Row, measureAll } from './measure.ts';
import { describeMachine, secret, startServer, startShop } from './processes.ts';
import { aloneTableOf, auditText, chartOf, machineText, tableOf } from './report.ts';
import { findRunningPostgres } from './running-postgres.ts';
import { scenarios, type Scenario, type Target } from './scenarios.ts';
import { warmUp } from './warm-up.ts';
import { findWrk } from './wrk.ts';

const { values: options } = parseArgs({
  options: {
    connections: { type: 'string', default: '64,256' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    users: { type: 'string', default: '100000' },
    variants: { type: 'string', default: '2000' },
    orders: { type: 'string', default: '50000' },
    only: { type: 'string', default: '' },
    driver: { type: 'string', default: 'wrk' },
    json: { type: 'string' },
    svg: { type: 'string' },
  },
});

const driver = driverNamed(options.driver);
const floorScript = fileURLToPath(new URL('floor-server.ts', import.meta.url));
const say = (line: string) => void process.stdout.write(`${line}\n`);

const dataDir = await mkdtemp(join(tmpdir(), 'openrun-bench-'));
const embedded = process.env['DATABASE_URL'] === undefined ? await startEmbeddedPostgres({ dataDir }) : undefined;
const databaseUrl = embedded?.connectionString ?? process.env['DATABASE_URL'] ?? '';
say(`loading ${options.users} users, ${options.variants} variants, ${options.orders} past orders`);
const size = { users: Number(options.users), variants: Number(options.variants), orders: Number(options.orders) };
const database = await openLoaded(databaseUrl, { ...plenty, ...size });
const { pool } = database;
const floor = await startServer(floorScript, [], {});
const shops = [await startShop(databaseUrl), await startShop(databaseUrl), await startShop(databaseUrl)];
try {
  await run();
} finally {
  await Promise.all([floor, ...shops].map((server) => server.stop()));
  await database.close();
  await embedded?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const running = await findRunningPostgres(pool);
  const machine = { ...describeMachine(running.version), driver: driver.name };
  say(machineText(machine));
  const fixtures = await makeFixtures(pool, secret);
  const target: Target = { floor, shops, servers: [floor, ...shops], postgresPid: running.pid };

  const chosen = scenarios.filter(isChosen);
  const widths = options.connections.split(',').map(Number);
  const seconds = Number(options.seconds);
  for (const connections of widths) {
    for (const scenario of chosen) await warmUp(scenario, target, fixtures, connections, seconds);
    say(`${connections} connections: warm`);
  }
  // The files of the log have been used by loading and warming up.
  await embedded?.makeLogAhead();
  const rows: Row[] = [];
  for (const connections of widths) {
    const measures = { connections, seconds, rounds: Number(options.rounds), driver };
    rows.push(...(await measureAll(chosen, target, fixtures, measures, say)));
  }
  const alone: AloneRow[] = await measureAlone(databaseUrl, shops[0]?.url ?? '', fixtures, { seconds, rounds: Number(options.rounds) });
  say(`\n${tableOf(rows)}\n\n${aloneTableOf(alone)}`);
  const report = await audit(pool);
  say(auditText(report));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify({ machine, rows, alone, auditClean: report.clean }, null, 2)}\n`);
  if (options.svg !== undefined) await writeFile(options.svg, chartOf(rows, machine));
  if (!report.clean || rows.some(({ unexpected }) => unexpected > 0)) process.exitCode = 1;
}

/** Where wrk is not installed, our own takes its place. */
function driverNamed(name: string): Driver {
  if (name === 'own') return ownDriver;
  if (name === 'wrk') return findWrk() ?? ownDriver;
  throw new Error(`--driver is wrk or own, not ${name}`);
}

/** What is asked for by a part of its name, with the floors of those. */
function isChosen({ name }: Scenario): boolean {
  const asked = scenarios.filter((scenario) => scenario.name.includes(options.only));
  const floors = asked.flatMap((scenario) => [scenario.floor, scenarios.find((each) => each.name === scenario.floor)?.floor]);
  return asked.some((scenario) => scenario.name === name) || floors.includes(name);
}
