import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import autocannon from 'autocannon';
import { Pool } from 'pg';
import { signAccessToken } from '../server/src/infrastructure/access-tokens.ts';
import { audit } from '../server/src/infrastructure/postgres/audit/audit.ts';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { cpuSecondsOf, describeMachine, startServer } from './processes.ts';
import { loadHistory } from './past-orders.ts';
import { scenarios, type Fixtures, type Scenario, type Target } from './scenarios.ts';

const { values: options } = parseArgs({
  options: {
    connections: { type: 'string', default: '64,256' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    users: { type: 'string', default: '100000' },
    variants: { type: 'string', default: '2000' },
    orders: { type: 'string', default: '50000' },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: '' },
  },
});

interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  serverCpuUs: number;
  postgresCpuUs: number;
  failures: number;
}

interface Row extends Measured {
  scenario: string;
  connections: number;
  floor: string;
  ratio: number;
  ratioMin: number;
  ratioMax: number;
  mustReach: number;
}

const secret = 'a secret for the benchmark, long enough to sign';
const serverScript = fileURLToPath(new URL('../server/bin/openrun.js', import.meta.url));
const floorScript = fileURLToPath(new URL('floor-server.ts', import.meta.url));

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const dataDir = await mkdtemp(join(tmpdir(), 'openrun-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir });
const pool = new Pool({ connectionString: postgres.connectionString, max: 2 });
const shop = await startServer(serverScript, ['start'], {
  DATABASE_URL: postgres.connectionString, AUTH_SECRET: secret, PORT: '0', LOG_LEVEL: 'warn',
  RATE_LIMIT_ACCOUNT_PER_MINUTE: '1000000000', WALLET_BALANCE_MAX: '1000000000000',
});
const floor = await startServer(floorScript, [], {});
try {
  await run({ shopUrl: shop.url, floorUrl: floor.url });
} finally {
  await Promise.all([shop.stop(), floor.stop()]);
  await pool.end();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function run(target: Target): Promise<void> {
  const { rows: [version] } = await pool.query<{ version: string; pid: number }>(
    `SELECT current_setting('server_version') AS version, split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`,
  );
  const machine = describeMachine(version?.version ?? '');
  for (const [name, value] of Object.entries(machine)) say(`${name.padEnd(10)} ${value}`);
  say(`seeding ${options.users} users, ${options.variants} variants, ${options.orders} past orders`);
  await loadHistory(pool, {
    users: Number(options.users), balance: 100_000_000, variants: Number(options.variants), stock: 500_000_000, orders: Number(options.orders),
  });
  const fixtures = await makeFixtures();
  const chosen = scenarios.filter(({ name, floor: against }) => options.only === '' || name.includes(options.only) || scenarios.some((s) => s.name.includes(options.only) && s.floor === name) || against === name);

  const rows: Row[] = [];
  for (const connections of options.connections.split(',').map(Number)) {
    const measured = new Map<string, Measured[]>(chosen.map(({ name }) => [name, []]));
    // The rounds are interleaved, so that a machine that slows down slows all of them.
    for (let round = 0; round <= Number(options.rounds); round += 1) {
      for (const scenario of chosen) {
        const result = await measure(scenario, target, fixtures, connections, round === 0 ? 1 : Number(options.seconds), version?.pid ?? 0);
        if (round > 0) measured.get(scenario.name)?.push(result);
      }
    }
    for (const scenario of chosen) rows.push(rowOf(scenario, connections, measured));
  }
  printTable(rows);
  const report = await audit(pool, () => {});
  say(report.clean ? 'audit: clean' : `audit: NOT CLEAN (${report.checks.filter(({ wrong }) => wrong > 0).map(({ name }) => name).join(', ')})`);
  if (options.json !== '') await writeFile(options.json, JSON.stringify({ machine, rows, auditClean: report.clean }, null, 2));
  if (!report.clean) process.exitCode = 1;
}

async function makeFixtures(): Promise<Fixtures> {
  const { rows: users } = await pool.query<{ id: string }>(`SELECT id FROM users WHERE email LIKE '%@bench.example' ORDER BY random() LIMIT 20000`);
  const { rows: items } = await pool.query<{ productId: string; variantId: string }>(`SELECT product_id AS "productId", id AS "variantId" FROM variants ORDER BY random()`);
  const tokens = users.map(({ id }) => signAccessToken(secret, { userId: id, role: 'customer' }, 86_400));
  const insertCoupon = async (quantity: number): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO coupons (id, name_ko, name_en, discount_type, discount_value, minimum_order_amount, total_quantity, starts_at, ends_at, life_days)
       VALUES (uuidv7(), '쿠폰', 'Coupon', 'AMOUNT', 100, 0, $1, now() - interval '1 day', now() + interval '1 day', 365) RETURNING id`,
      [quantity],
    );
    return rows[0]?.id ?? '';
  };
  const soldOutCoupon = await insertCoupon(1);
  await fetch(`${shop.url}/coupons/${soldOutCoupon}/issue`, { method: 'POST', headers: { authorization: `Bearer ${tokens[0]}` } });
  const [hot = { productId: '', variantId: '' }, ...others] = items;
  return { tokens, items: others, hot, openCoupon: () => insertCoupon(1_000_000_000), soldOutCoupon };
}

async function measure(scenario: Scenario, target: Target, fixtures: Fixtures, connections: number, seconds: number, postgresPid: number): Promise<Measured> {
  const { url, request } = await scenario.prepare(target, fixtures);
  const serverPid = url === floor.url ? floor.pid : shop.pid;
  let sent = Math.floor(Math.random() * 1_000_000);
  const before = { server: cpuSecondsOf(serverPid), postgres: cpuSecondsOf(postgresPid) };
  const result = await autocannon({
    url, connections, duration: seconds,
    requests: [{ setupRequest: (initial) => ({ ...initial, ...request((sent += 1)) }) }],
  });
  const done = result.requests.total;
  return {
    perSecond: done / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    serverCpuUs: ((cpuSecondsOf(serverPid) - before.server) * 1e6) / done,
    postgresCpuUs: ((cpuSecondsOf(postgresPid) - before.postgres) * 1e6) / done,
    failures: result.errors + result.timeouts + result['5xx'],
  };
}

function rowOf({ name, floor: against, mustReach }: Scenario, connections: number, measured: Map<string, Measured[]>): Row {
  const own = measured.get(name) ?? [];
  const base = measured.get(against) ?? [];
  const ratios = own.map(({ perSecond }, round) => perSecond / (base[round]?.perSecond ?? perSecond));
  const of = (field: keyof Measured) => median(own.map((each) => each[field]));
  return {
    scenario: name, connections, floor: against, mustReach,
    perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), serverCpuUs: of('serverCpuUs'), postgresCpuUs: of('postgresCpuUs'),
    failures: own.reduce((sum, { failures }) => sum + failures, 0),
    ratio: median(ratios), ratioMin: Math.min(...ratios), ratioMax: Math.max(...ratios),
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printTable(rows: Row[]): void {
  say(`\n${'scenario'.padEnd(44)} conns     req/s   p50 ms   p99 ms  server µs  postgres µs   ratio (spread)       must reach`);
  for (const row of rows) {
    const numbers = [
      String(row.connections).padStart(5), row.perSecond.toFixed(0).padStart(9), row.p50Ms.toFixed(0).padStart(8), row.p99Ms.toFixed(0).padStart(8),
      row.serverCpuUs.toFixed(0).padStart(10), row.postgresCpuUs.toFixed(0).padStart(12),
    ].join(' ');
    const ratio = `${row.ratio.toFixed(2)} (${row.ratioMin.toFixed(2)}-${row.ratioMax.toFixed(2)})`.padStart(20);
    const verdict = row.floor === row.scenario ? '' : styleText(row.ratio >= row.mustReach ? 'green' : 'red', row.mustReach.toFixed(2));
    say(`${row.scenario.padEnd(44)} ${numbers} ${ratio}   ${verdict}${row.failures > 0 ? `  ${row.failures} failures` : ''}`);
  }
}
