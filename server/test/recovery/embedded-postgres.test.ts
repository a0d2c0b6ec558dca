import { execFile, spawn } from 'node:child_process';
import { chown, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedPostgresError } from '../../src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { sharedBuffersMib, usableMemory } from '../../src/infrastructure/postgres/embedded/shared-buffers.ts';
import { answerOf, clusterOf, embeddedFixtures, kill, killPostmaster, postmasterPid, query } from './embedded-fixtures.ts';

const ROOT = process.getuid?.() === 0;
/** Everything a shell could trip over on the way to PostgreSQL. */
const AWKWARD_NAME = 'it\'s "one" $HOME `folder`';

const { home, start, spawnOwner, endWithTest } = embeddedFixtures();
let shared = '';

beforeAll(() => {
  shared = path.join(home(), AWKWARD_NAME);
});

async function refusal(dataDir: string): Promise<string> {
  const error: unknown = await start(dataDir).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  const { message } = error as EmbeddedPostgresError;
  expect(message).not.toContain('\n');
  return message;
}

describe('one cluster in a folder with spaces, quotes and dollar signs', () => {
  test('the first start gives an empty, durable UTF-8 database on the loopback address only', async () => {
    const server = await start(shared, {});
    expect(server.startedHere).toBe(true);
    expect(server.connectionString).toMatch(/^postgres:\/\/openrun:[0-9a-f]{48}@127\.0\.0\.1:\d+\/openrun$/);
    const [database] = await query(
      server.connectionString,
      `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale FROM pg_database WHERE datname = 'openrun'`,
    );
    expect(database).toEqual({ encoding: 'UTF8', provider: 'b', locale: 'C.UTF-8' });
    const settings = await query(server.connectionString, `SELECT name, current_setting(name) AS value FROM pg_settings`);
    expect(Object.fromEntries(settings.map(({ name, value }) => [name, value]))).toMatchObject({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      max_connections: '200',
      max_wal_size: '2GB',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    });
    const [buffers] = await query(server.connectionString, `SELECT (pg_size_bytes(current_setting('shared_buffers')) / 1048576)::int AS mib`);
    expect(buffers).toEqual({ mib: sharedBuffersMib(usableMemory()) });
    await query(server.connectionString, 'CREATE TABLE kept (number integer PRIMARY KEY)');
  });

  test('password and log are private, and nothing temporary is left', async () => {
    const names = await readdir(shared);
    expect(names.toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
    const modes = await Promise.all(names.toSorted().map(async (name) => (await stat(path.join(shared, name))).mode & 0o777));
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    // Root's folder must let the database's account pass; nobody else may even do that.
    expect((await stat(shared)).mode & 0o777).toBe(ROOT ? 0o710 : 0o700);
  });

  test('a stopped server refuses connections, may be stopped again, and keeps its rows', async () => {
    const first = await start(shared);
    await query(first.connectionString, 'INSERT INTO kept VALUES (1)');
    await first.stop();
    await first.stop();
    await expect(query(first.connectionString, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    const second = await start(shared);
    expect(second.startedHere).toBe(true);
    expect(await query(second.connectionString, 'SELECT number FROM kept')).toEqual([{ number: 1 }]);
  });

  test('settings of the caller reach the server, whatever characters they have', async () => {
    const server = await start(shared, { fsync: 'off', application_name: `it's $HOME` });
    const [row] = await query(server.connectionString, `SELECT current_setting('fsync') AS fsync, reset_val FROM pg_settings WHERE name = 'application_name'`);
    expect(row).toEqual({ fsync: 'off', reset_val: `it's $HOME` });
  });

  test('the server outlives its killed owner and is adopted by the next', async () => {
    const owner = await answerOf(spawnOwner(shared));
    expect(owner.startedHere).toBe(true);
    await query(owner.connectionString, 'INSERT INTO kept VALUES (2)');
    await kill(owner.child, 'SIGKILL');
    const adopted = await start(shared);
    expect(adopted).toMatchObject({ startedHere: false, connectionString: owner.connectionString });
    expect(await query(adopted.connectionString, 'SELECT number FROM kept ORDER BY 1')).toEqual([{ number: 1 }, { number: 2 }]);
  });

  test.skipIf(process.platform === 'win32')('Ctrl-C in the owner’s terminal does not reach the server', async () => {
    const owner = await answerOf(spawnOwner(shared));
    await kill(owner.child, 'SIGINT', true);
    await sleep(300);
    expect(await query(owner.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await start(shared)).startedHere).toBe(false);
  });

  test('every committed row is there after both server and owner were killed', async () => {
    const owner = await answerOf(spawnOwner(shared));
    await query(owner.connectionString, 'INSERT INTO kept SELECT generate_series(1000, 1999)');
    await killPostmaster(clusterOf(shared));
    await kill(owner.child, 'SIGKILL');
    const server = await start(shared);
    expect(server.startedHere).toBe(true);
    expect(await query(server.connectionString, 'SELECT count(*)::int AS rows FROM kept WHERE number >= 1000')).toEqual([{ rows: 1000 }]);
    expect(await readFile(path.join(shared, 'postgres.log'), 'utf8')).toContain('automatic recovery in progress');
  });

  test.skipIf(process.platform === 'win32')('a lock file that names a live unrelated process does not stop the start', async () => {
    const before = await start(shared);
    const lockFile = path.join(clusterOf(shared), 'postmaster.pid');
    const { uid, gid } = await stat(lockFile);
    const text = await readFile(lockFile, 'utf8');
    await before.stop();
    // PostgreSQL only falls for processes of its own user.
    const unrelated = spawn('sleep', ['600'], { stdio: 'ignore', ...(ROOT ? { uid, gid } : {}) });
    endWithTest(unrelated);
    await writeFile(lockFile, text.replace(/^\d+/, String(unrelated.pid)), { mode: 0o600 });
    await chown(lockFile, uid, gid);
    const server = await start(shared);
    expect(server.startedHere).toBe(true);
    expect(unrelated.exitCode ?? unrelated.signalCode).toBeNull();
    expect(await query(server.connectionString, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 1002 }]);
  });

  test('an empty lock file left by a power cut does not stop the start', async () => {
    const { uid, gid } = await stat(clusterOf(shared));
    const lockFile = path.join(clusterOf(shared), 'postmaster.pid');
    await writeFile(lockFile, '', { mode: 0o600 });
    await chown(lockFile, uid, gid);
    await utimes(lockFile, 0, 0);
    expect((await start(shared)).startedHere).toBe(true);
  });

  test('a password that does not fit is named as the trouble', async () => {
    const passwordFile = path.join(shared, 'postgres-password');
    const password = await readFile(passwordFile, 'utf8');
    await start(shared);
    try {
      await writeFile(passwordFile, 'wrong\n');
      expect(await refusal(shared)).toContain('postgres-password');
      await rm(passwordFile);
      expect(await refusal(shared)).toContain('postgres-password');
    } finally {
      await writeFile(passwordFile, password, { mode: 0o600 });
    }
  });

  test('a server that cannot start says so in one line with the reason from its log', async () => {
    const configuration = path.join(clusterOf(shared), 'postgresql.conf');
    const text = await readFile(configuration, 'utf8');
    try {
      await writeFile(configuration, `${text}\nno_such_setting = 1\n`);
      expect(await refusal(shared)).toContain('no_such_setting');
    } finally {
      await writeFile(configuration, text);
    }
  });
});

describe.runIf(ROOT)('as root', () => {
  test('a data folder below a closed one works, and the next start finds its rows', async () => {
    const closed = path.join(home(), 'closed');
    await mkdir(closed, { mode: 0o700 });
    const dataDir = path.join(closed, 'data');
    const server = await start(dataDir);
    const location = (await readFile(path.join(dataDir, 'postgres-location'), 'utf8')).trim();
    try {
      expect(location).toMatch(/^\/var\/lib\/openrun\/[0-9a-f]{16}$/);
      await query(server.connectionString, 'CREATE TABLE kept AS SELECT 7 AS number');
      await server.stop();
      const again = await start(dataDir);
      expect(await query(again.connectionString, 'SELECT number FROM kept')).toEqual([{ number: 7 }]);
      expect((await stat(closed)).mode & 0o777).toBe(0o700);
      await again.stop();
    } finally {
      await rm(location, { recursive: true, force: true });
    }
    // Gone for good: an empty database in its place would hide the loss.
    expect(await refusal(dataDir)).toContain('missing');
  });

  test('an ordinary user runs everything under its own account, and root adopts it as such', async () => {
    const uid = Number((await promisify(execFile)('id', ['-u', 'nobody'])).stdout);
    const gid = Number((await promisify(execFile)('id', ['-g', 'nobody'])).stdout);
    const parent = path.join(home(), 'of nobody');
    await mkdir(parent);
    await chown(parent, uid, gid);
    const dataDir = path.join(parent, 'data');
    const owner = await answerOf(spawnOwner(dataDir, { uid, gid }));
    expect(owner.startedHere).toBe(true);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(clusterOf(dataDir))).uid).toBe(uid);
    expect((await stat(`/proc/${await postmasterPid(clusterOf(dataDir))}`)).uid).toBe(uid);
    await kill(owner.child, 'SIGKILL');
    expect(await start(dataDir)).toMatchObject({ startedHere: false, connectionString: owner.connectionString });
  });
});
