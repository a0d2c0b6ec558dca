import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { audit } from '../server/src/infrastructure/postgres/audit/audit.ts';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { type Driven, type Request, drive } from './driver.ts';
import { makeFixtures } from './fixtures.ts';
import { openLoaded, plenty } from './loaded-database.ts';
import { describeMachine, secret, startShop } from './processes.ts';
import { auditText, machineText } from './report.ts';
import { findRunningPostgres } from './running-postgres.ts';

/**
 * What logins tell and what they cost: whether the time of a refusal gives an account away, and how many orders are left while logins
 * flood one server.
 */

const { values: options } = parseArgs({
  options: {
    logins: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    orderConnections: { type: 'string', default: '64' },
    loginConnections: { type: 'string', default: '150' },
  },
});
const account = { email: 'known@bench.example', password: 'correct horse battery' };
const say = (line: string) => void process.stdout.write(`${line}\n`);

const dataDir = await mkdtemp(join(tmpdir(), 'openrun-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir });
const database = await openLoaded(postgres.connectionString, { ...plenty, users: 20_000, variants: 2_000, orders: 10_000 });
const shop = await startShop(postgres.connectionString, {
  // What is measured is the work, so that none of it may be refused.
  RATE_LIMIT_AUTH_ADDRESS_PER_MINUTE: '1000000000', LOGIN_FAILURES_ACCOUNT_MAX: '1000000000', LOGIN_FAILURES_ADDRESS_MAX: '1000000000',
});
try {
  say(machineText(describeMachine((await findRunningPostgres(database.pool)).version)));
  await post('/auth/register', { ...account, name: 'Known' });
  await compareRefusals();
  await flood();
  const report = await audit(database.pool);
  say(auditText(report));
  if (!report.clean) process.exitCode = 1;
} finally {
  await shop.stop();
  await database.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function post(path: string, body: object): Promise<number> {
  const response = await fetch(shop.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}

/** In turn, so that a machine that slows down slows both. */
async function compareRefusals(): Promise<void> {
  const timesMs = { 'a wrong password': [] as number[], 'an unknown email': [] as number[] };
  for (let n = 0; n < Number(options.logins); n += 1) {
    for (const [what, email] of [['a wrong password', account.email], ['an unknown email', `unknown-${n}@bench.example`]] as const) {
      const startMs = performance.now();
      const status = await post('/auth/login', { email, password: `guess ${n}` });
      timesMs[what].push(performance.now() - startMs);
      if (status !== 401) throw new Error(`a login was answered with ${status}`);
    }
  }
  for (const [what, times] of Object.entries(timesMs)) {
    say(`${what.padEnd(18)} ${[0.1, 0.5, 0.9].map((share) => `p${share * 100} ${quantile(times, share).toFixed(1)} ms`).join('   ')}`);
  }
}

function login(n: number): Request {
  const credentials = { email: n % 2 === 0 ? account.email : `unknown-${n}@bench.example`, password: `guess ${n}` };
  return { method: 'POST', path: '/auth/login', headers: { 'content-type': 'application/json' }, body: JSON.stringify(credentials) };
}

function drivePart(request: (n: number) => Request, connections: number): Promise<Driven> {
  return drive({ urls: [shop.url], request }, connections, Number(options.seconds));
}

async function flood(): Promise<void> {
  const { buyers, items } = await makeFixtures(database.pool, secret);
  const order = (n: number): Request => ({
    method: 'POST', path: '/order',
    headers: { authorization: `Bearer ${buyers[n % buyers.length]?.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ items: [{ ...items[n % items.length], quantity: 1 }] }),
  });
  const ratios: number[] = [];
  for (let round = 0; round <= Number(options.rounds); round += 1) {
    const alone = await drivePart(order, Number(options.orderConnections));
    const [beside, logins] = await Promise.all([drivePart(order, Number(options.orderConnections)), drivePart(login, Number(options.loginConnections))]);
    if (round === 0) continue;
    ratios.push(beside.answers / beside.seconds / (alone.answers / alone.seconds));
    say(`orders alone ${textOf(alone)}   beside a flood ${textOf(beside)}   logins ${textOf(logins)}`);
  }
  say(`orders beside a flood of logins: ${quantile(ratios, 0.5).toFixed(2)} of those without`);
}

function textOf({ answers, seconds, p50Ms, p99Ms, byStatus }: Driven): string {
  const statuses = [...byStatus].map(([status, count]) => `${status}: ${count}`).join(', ');
  return `${(answers / seconds).toFixed(0)}/s (${statuses}; p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms)`;
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
