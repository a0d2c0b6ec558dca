import type { Socket } from 'node:net';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolClient, types as pgTypes } from 'pg';
import { assertInvariant } from '../../domain/refusal.ts';
import type { Tables } from './schema.ts';

export type Db = Kysely<Tables>;

export interface DatabaseOptions {
  connectionString: string;
  /** Connections for reads and single-row writes. The desk has one of its own, so that reads cannot starve sales. */
  poolMax: number;
  /** Longest wait for a free or new connection, and for the database to say what became of a COMMIT whose answer was lost. */
  connectTimeoutMs: number;
  /** A statement that has waited this long for a lock gives up, so that nobody waits for a hung session. */
  lockTimeoutMs: number;
  statementTimeoutMs: number;
  onError: (error: Error) => void;
}

export interface Database {
  db: Db;
  pool: Pool;
  deskPool: Pool;
  close(): Promise<void>;
}

/** bigint arrives as text, because it may exceed 2^53; ours never do, and this proves it for every value read. */
export function parseBigint(text: string): number {
  const value = Number(text);
  assertInvariant(Number.isSafeInteger(value), `bigint ${text} is out of range`);
  return value;
}

const types = {
  getTypeParser: ((oid, format) =>
    oid === pgTypes.builtins.INT8 ? parseBigint : pgTypes.getTypeParser(oid, format)) as typeof pgTypes.getTypeParser,
};

/**
 * The desk only ever touches rows by key. Without the first of these, plans cached while a table was still empty would scan it when it has
 * grown. Without the second, rows that do not lie in the order of their keys would be found by a bitmap and sorted, where one scan of the index
 * gives them in the order in which they are locked.
 */
const deskPlans = '-c enable_seqscan=off -c enable_bitmapscan=off -c plan_cache_mode=force_generic_plan';

/** Opens the pools; nothing is connected until the first query. */
export function openDatabase(options: DatabaseOptions): Database {
  const shared = {
    connectionString: options.connectionString,
    types,
    pipeline: true,
    connectionTimeoutMillis: options.connectTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    // The other way round: locks of a server that hangs, or is cut off, are not held for ever.
    idle_in_transaction_session_timeout: options.statementTimeoutMs,
    // A server that is gone is found out while nothing is asked of it, and a network that forgets quiet connections is reminded.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  // The database ends what runs too long. Where nothing comes back, not even that, the connection is given up.
  const silenceMaxMs = options.statementTimeoutMs + options.connectTimeoutMs;
  const pool = new Pool({ ...shared, max: options.poolMax, application_name: 'openrun', query_timeout: silenceMaxMs });
  // Kept while nobody buys: the first buyer after a quiet time would otherwise wait for a new one, and for its statements to be planned.
  const deskPool = new Pool({ ...shared, max: 1, idleTimeoutMillis: 0, application_name: 'openrun desk', options: deskPlans });
  giveUpSilent(deskPool, silenceMaxMs);
  for (const each of [pool, deskPool]) {
    // An idle connection that breaks is replaced at the next query; unhandled, the event would end the process.
    each.on('error', options.onError);
    // So would the event of one that breaks while a transaction holds it, between two statements. The next statement tells.
    each.on('connect', (client) => client.on('error', () => {}));
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    pool,
    deskPool,
    async close() {
      // Kysely would end the pool only if it had used it itself.
      await Promise.all([pool.end(), deskPool.end()]);
    },
  };
}

/**
 * Ends a connection in use on which nothing has come or gone for that long. The driver's `query_timeout` would do so too, by a function that it
 * assigns to a property of the query. V8 puts such functions among its old objects, and keeps all that they reach until the next full
 * collection: whole batches, which took collections of the young ones four times as long. The other pool's queries reach little, and keep
 * `query_timeout`, which the audit lifts for its own.
 */
function giveUpSilent(pool: Pool, silenceMaxMs: number): void {
  pool.on('connect', (client) => {
    const socket = socketOf(client);
    socket.on('timeout', () => socket.destroy(new Error(`timeout: the database has been silent for ${silenceMaxMs} ms`)));
  });
  pool.on('acquire', (client) => socketOf(client).setTimeout(silenceMaxMs));
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0));
}

function socketOf({ connection }: PoolClient): Socket {
  return connection.stream as Socket;
}
