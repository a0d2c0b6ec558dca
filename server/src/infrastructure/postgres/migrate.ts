import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import { Pool } from 'pg';
import type { Database, Db } from './database.ts';
import type { Tables } from './schema.ts';
import { statementsOf } from './sql-statements.ts';

const ownMigrations = new URL('../../../migrations/', import.meta.url);

/** First line of a file whose statements cannot run in a transaction, such as CREATE INDEX CONCURRENTLY. */
export const noTransactionMark = /^-- no transaction\b/;

/** Any number will do that nothing else in the database uses as an advisory lock. */
const turnKey = 0x6d696772;
const turnPollMs = 200;

/** Who waits for a table makes all who come later wait behind it: so a migration waits this long for a lock and then gives way. */
const lockTimeoutMs = 500;
/** A migrator that hangs between two statements must not keep its locks. */
const idleTimeoutMs = 5_000;
const pauseMsMax = 5_000;
const blockedMinutesMax = 15;

/** SQLSTATEs of a lock that was not given in time, and of a deadlock with others, which PostgreSQL resolved at our cost. */
const lockNotGiven = new Set(['55P03', '40P01']);

export interface MigrateOptions {
  /** Folder of the numbered SQL files; those of this version by default. */
  folder?: URL;
  /** Told, in one line, what keeps the migration waiting. */
  report?: (message: string) => void;
}

/** A migration did not get its locks. What ran before it stays. */
export class MigrationBlocked extends Error {
  readonly code = 'MIGRATION_BLOCKED';
}

/**
 * Brings the database to the newest version while others sell on it. Each file runs once, in order, in a transaction of its own, or, when its
 * first line is `-- no transaction`, statement by statement. Several processes may call it at once: one works, the others wait. Migrations that
 * this version does not know were run by a newer one, beside which it can work; they are left alone.
 *
 * Gives the names of the files that ran. Refuses with `MigrationBlocked` when a lock is not to be had for 15 minutes.
 */
export async function migrate(database: Database, { folder = ownMigrations, report = () => {} }: MigrateOptions = {}): Promise<string[]> {
  const session = openSession(database);
  try {
    await takeTurn(session, report);
    const files = await readFiles(folder);
    const newer = await findNewer(session, files);
    if (newer.length > 0) report(`the database was migrated by a newer version: ${newer.join(', ')}`);
    const migrator = new Migrator({ db: session, provider: provider(files, newer) });
    const ran: string[] = [];
    for (const { name, executedAt } of await migrator.getMigrations()) {
      if (executedAt !== undefined) continue;
      await apply(migrator, name, files[name]?.inTransaction ?? true, report);
      ran.push(name);
    }
    return ran;
  } finally {
    await session.destroy();
  }
}

/** One connection of its own: the time limits of requests would cut migrations short. With it ends the turn. */
function openSession({ pool }: Database): Db {
  const session = new Pool({
    ...pool.options,
    max: 1,
    idleTimeoutMillis: 0,
    application_name: 'openrun migration',
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleTimeoutMs,
    statement_timeout: 0,
    query_timeout: 0,
  });
  // A connection that breaks fails the statement under way; unhandled, the event would end the process too.
  session.on('error', () => {});
  session.on('connect', (client) => client.on('error', () => {}));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: session }) });
}

/** Asks again and again: a statement that waits has a snapshot, and CREATE INDEX CONCURRENTLY waits for everyone who has an older one. */
async function takeTurn(session: Db, report: (message: string) => void): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { rows } = await sql<{ taken: boolean }>`SELECT pg_try_advisory_lock(${turnKey}) AS taken`.execute(session);
    if (rows[0]?.taken) return;
    if (attempt === 1) report('another process is migrating the database; waiting until it is done');
    await sleep(turnPollMs);
  }
}

async function apply(migrator: Migrator, name: string, inTransaction: boolean, report: (message: string) => void): Promise<void> {
  const giveUpAt = performance.now() + blockedMinutesMax * 60_000;
  for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    const { error } = await migrator.migrateUp({ disableTransactions: !inTransaction });
    if (error === undefined) return;
    if (!(error instanceof Error) || !lockNotGiven.has(String((error as { code?: unknown }).code))) throw error;
    if (performance.now() > giveUpAt) {
      throw new MigrationBlocked(`Migration ${name} did not get its locks within ${blockedMinutesMax} minutes: end the long transactions, then start again.`, { cause: error });
    }
    report(`migration ${name} gave way to others that use its tables; it is tried again`);
    await sleep(pauseMs);
  }
}

interface MigrationFile extends Migration {
  inTransaction: boolean;
}

async function readFiles(folder: URL): Promise<Record<string, MigrationFile>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  const entries = names.map(async (name) => {
    const text = await readFile(new URL(name, folder), 'utf8');
    const inTransaction = !noTransactionMark.test(text);
    return [name.replace(/\.sql$/, ''), { inTransaction, up: (session: Db) => (inTransaction ? runAtOnce(session, text) : runOneByOne(session, text)) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function runAtOnce(transaction: Db, text: string): Promise<void> {
  await sql.raw(text).execute(transaction);
}

/** These statements take locks that nobody has to queue behind, so they may wait as long as they need. */
async function runOneByOne(session: Db, text: string): Promise<void> {
  await sql`SET lock_timeout = 0`.execute(session);
  try {
    for (const statement of statementsOf(text)) await sql.raw(statement.text).execute(session);
  } finally {
    await sql`RESET lock_timeout`.execute(session);
  }
}

/** Names of the migrations that ran on the database and that this version does not know. */
async function findNewer(session: Db, files: Record<string, MigrationFile>): Promise<string[]> {
  const { rows: tables } = await sql<{ found: boolean }>`SELECT to_regclass('kysely_migration') IS NOT NULL AS found`.execute(session);
  if (!tables[0]?.found) return [];
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(session);
  return rows.map(({ name }) => name).filter((name) => !(name in files));
}

/** Kysely refuses a database on which a migration ran that it is not given; that would be every restart of the old version in a rolling upgrade. */
function provider(files: Record<string, MigrationFile>, newer: string[]): MigrationProvider {
  const known: Record<string, Migration> = { ...files, ...Object.fromEntries(newer.map((name) => [name, { up: async () => {} }])) };
  return { getMigrations: async () => known };
}
