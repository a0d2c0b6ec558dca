import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { showSteps } from './history/steps.ts';
import { openLoaded } from './loaded-database.ts';

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

const given = process.env['DATABASE_URL'];
const dataDir = options['data-dir'];
const orders = numberOf('orders', 0);
const history = { orders, users: numberOf('users', 1), variants: numberOf('variants', 1), balance: numberOf('balance', 0), stock: numberOf('stock', 2) };
const startedMs = performance.now();
const embedded = given === undefined ? await startEmbeddedPostgres({ dataDir }) : undefined;
try {
  const database = await openLoaded(given ?? embedded?.connectionString ?? '', history, showSteps(orders));
  const { rows: [size] } = await database.pool.query<{ size: string }>('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
  await database.close();
  process.stdout.write(`${orders} orders in ${((performance.now() - startedMs) / 1000).toFixed(0)} s; the database has ${size?.size}.\n`);
  if (embedded) process.stdout.write(`Start a server on it with OPENRUN_DATA_DIR=${dataDir} npm start\n`);
} finally {
  if (embedded?.startedHere) await embedded.stop();
}

function numberOf(name: Exclude<keyof typeof options, 'data-dir'>, minimum: number): number {
  const value = Number(options[name]);
  if (!Number.isSafeInteger(value) || value < minimum || value > 100_000_000) {
    throw new RangeError(`--${name} must be a whole number from ${minimum} to 100000000.`);
  }
  return value;
}
