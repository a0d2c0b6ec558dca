import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { connect } from './compose.ts';
import { type Config, StartError } from './config.ts';
import type { Database } from './infrastructure/postgres/database.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from './infrastructure/postgres/embedded/embedded-postgres.ts';
import { claimServer, othersConnected } from './infrastructure/postgres/server-claim.ts';

/** The database that this process works on, wherever it runs. */
export interface Storage {
  database: Database;
  embedded: boolean;
  authSecret: string;
  /** Begins what makes the database ready for a rush, and need not be done before it is used. */
  beginMakingReady(): void;
  close(): Promise<void>;
}

/**
 * Opens the database of `DATABASE_URL`, or the embedded one, which it starts or, where it runs already, joins. A `server` owns the embedded
 * one: it is alone and stops it at the end. A command only stops what it started itself, and only when nobody else is using it.
 */
export async function openStorage(config: Config, log: Logger, as: 'server' | 'command'): Promise<Storage> {
  if (config.DATABASE_URL !== undefined) return openGiven(config, config.DATABASE_URL, log);
  return openEmbedded(config, log, as);
}

async function openGiven(config: Config, connectionString: string, log: Logger): Promise<Storage> {
  const database = connect(config, connectionString, log);
  try {
    const { rows } = await sql<{ version: number }>`SELECT current_setting('server_version_num')::int AS version`.execute(database.db);
    const version = Math.floor((rows[0]?.version ?? 0) / 10_000);
    if (version < 15) throw new StartError(`The database of DATABASE_URL is PostgreSQL ${version}; Openrun needs 15 or later.`);
  } catch (error) {
    await database.close();
    if (error instanceof StartError) throw error;
    throw new StartError(`Cannot use the database of DATABASE_URL: ${oneLine(error)}. Check the address and that PostgreSQL is running.`);
  }
  return { database, embedded: false, authSecret: config.AUTH_SECRET ?? '', beginMakingReady() {}, close: () => database.close() };
}

async function openEmbedded(config: Config, log: Logger, as: 'server' | 'command'): Promise<Storage> {
  const dataDir = resolve(config.OPENRUN_DATA_DIR);
  const postgres = await startEmbeddedPostgres({ dataDir }).catch((error: unknown) => {
    throw error instanceof EmbeddedPostgresError ? new StartError(error.message) : error;
  });
  const { connectionString } = postgres;
  const claim = as === 'server' ? await claimServer(connectionString) : undefined;
  if (as === 'server' && !claim) {
    throw new StartError(`Another Openrun server is running on ${dataDir}. Stop it, or set OPENRUN_DATA_DIR to another folder.`);
  }
  const database = connect(config, connectionString, log);
  const closing = new AbortController();
  let ready: Promise<void> | undefined;
  return {
    database,
    embedded: true,
    authSecret: config.AUTH_SECRET ?? (await keptSecret(join(dataDir, 'auth-secret'))),
    beginMakingReady() {
      ready ??= postgres.makeLogAhead(closing.signal).catch((error: unknown) => log.warn(error, 'files of the log could not be made ahead'));
    },
    async close() {
      closing.abort();
      await ready;
      await database.close();
      await claim?.release();
      if (as === 'server' || (postgres.startedHere && !(await othersConnected(connectionString)))) await postgres.stop();
    },
  };
}

/** Made at the first start and kept, so that tokens survive a restart. Of two processes at once, one writes and both read. */
async function keptSecret(file: string): Promise<string> {
  await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  return readFile(file, 'utf8');
}

export function oneLine(error: unknown): string {
  const { message, code } = error as Error & { code?: string };
  return (message || code || String(error)).replaceAll(/\s*\n\s*/g, ' ');
}
