import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createLogger } from '../server/src/compose.ts';
import { readConfig } from '../server/src/config.ts';
import { migrate } from '../server/src/infrastructure/postgres/migrate.ts';
import { openStorage } from '../server/src/storage.ts';
import { loadHistory } from './history/load-history.ts';
import { showSteps } from './history/steps.ts';

/** Loads a large shop with a past into the empty database of DATABASE_URL, or into an embedded one in a folder that is kept. */
const { values: options } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000000' },
    users: { type: 'string', default: '1000000' },
    variants: { type: 'string', default: '100000' },
    balance: { type: 'string', default: '300000' },
    stock: { type: 'string', default: '10000' },
    'data-dir': { type: 'string', default: process.env['OPENRUN_DATA_DIR'] ?? '.openrun-history' },
  },
});

const config = readConfig({
  ...process.env,
  OPENRUN_DATA_DIR: options['data-dir'],
  LOG_LEVEL: 'warn',
  // Nothing is signed here; a database of one's own need not come with the secret of its servers.
  AUTH_SECRET: process.env['AUTH_SECRET'] ?? randomBytes(32).toString('hex'),
});
const storage = await openStorage(config, createLogger(config), 'command');
try {
  await migrate(storage.database);
  const startedMs = performance.now();
  const orders = numberOf('orders', 0);
  await loadHistory(
    storage.database.pool,
    { orders, users: numberOf('users', 1), variants: numberOf('variants', 1), balance: numberOf('balance', 0), stock: numberOf('stock', 2) },
    showSteps(orders),
  );
  const { rows: [size] } = await storage.database.pool.query<{ size: string }>('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
  process.stdout.write(`${orders} orders in ${((performance.now() - startedMs) / 1000).toFixed(0)} s; the database has ${size?.size}.\n`);
  if (storage.embedded) process.stdout.write(`Start a server on it with OPENRUN_DATA_DIR=${options['data-dir']} npm start\n`);
} finally {
  await storage.close();
}

function numberOf(name: Exclude<keyof typeof options, 'data-dir'>, minimum: number): number {
  const value = Number(options[name]);
  if (!Number.isSafeInteger(value) || value < minimum || value > 100_000_000) {
    throw new RangeError(`--${name} must be a whole number from ${minimum} to 100000000.`);
  }
  return value;
}
