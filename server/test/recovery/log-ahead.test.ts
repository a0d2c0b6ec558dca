import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { EmbeddedPostgres } from '../../src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { makeLogAhead } from '../../src/infrastructure/postgres/embedded/log-ahead.ts';
import { embeddedFixtures, query } from './embedded-fixtures.ts';

const { home, start } = embeddedFixtures();
let dataDir = '';

beforeAll(() => {
  dataDir = path.join(home(), 'log-ahead');
});

/** How many files of the log PostgreSQL has made since it began to count, and in which one it writes. */
async function log({ connectionString }: EmbeddedPostgres): Promise<{ made: number; current: string }> {
  const [row] = await query(
    connectionString,
    `SELECT sum(writes)::int AS made, pg_walfile_name(pg_current_wal_insert_lsn()) AS current FROM pg_stat_io WHERE object = 'wal' AND context = 'init'`,
  );
  return row as { made: number; current: string };
}

const write = (server: EmbeddedPostgres, megabytes: number) =>
  query(server.connectionString, `SELECT count(pg_logical_emit_message(false, 'test', repeat('x', 1000000))) FROM generate_series(1, ${megabytes})`);

test('a rush finds the files of the log that it fills made already, also when the server has been stopped before', async () => {
  const first = await start(dataDir);
  await first.makeLogAhead();
  await first.stop();
  const server = await start(dataDir);
  const before = await log(server);
  await write(server, 400);
  const after = await log(server);
  expect(after.made).toBe(before.made);
  expect(after.current > before.current).toBe(true);
});

test('files that lie ahead are left as they are, and what has been used up is made anew', async () => {
  const server = await start(dataDir);
  await write(server, 400);
  const used = await log(server);
  await server.makeLogAhead();
  const refilled = await log(server);
  expect(refilled.current > used.current).toBe(true);
  await server.makeLogAhead();
  expect(await log(server)).toEqual(refilled);
});

test('it ends early where it is asked to', async () => {
  const ended = AbortSignal.abort();
  const server = await start(path.join(home(), 'ended'));
  const before = await log(server);
  await server.makeLogAhead(ended);
  expect((await log(server)).current).toBe(before.current);
});

test.skipIf(process.platform !== 'linux')('a disk that is nearly full is left alone', async () => {
  const server = await start(path.join(home(), 'ended'));
  const before = await log(server);
  // Nothing is free there.
  await makeLogAhead(server.connectionString, '/proc');
  expect((await log(server)).current).toBe(before.current);
});
