import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedPostgresError, startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/infrastructure/postgres/embedded/embedded-postgres.ts';

const MODULE = new URL('../../src/infrastructure/postgres/embedded/embedded-postgres.ts', import.meta.url);
const ROOT = process.getuid?.() === 0;
const RIVALS = 4;
/** Everything a shell could trip over on the way to PostgreSQL. */
const AWKWARD_NAME = 'it\'s "one" $HOME `folder`';

interface Owner {
  child: ChildProcess;
  connectionString: string;
  startedHere: boolean;
}

let home = '';
let shared = '';
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'openrun-embedded-'));
  // Other accounts must be able to pass, as they can in an ordinary parent folder.
  await chmod(home, 0o755);
  shared = path.join(home, AWKWARD_NAME);
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
  for (const server of running.splice(0)) {
    await server.stop();
  }
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function start(dataDir: string, settings: Record<string, string> = { fsync: 'off' }): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings });
  running.push(server);
  return server;
}

/** A process of its own that starts the server and stays; what it prints ends up in its answer. */
function spawnOwner(dataDir: string, identity: { uid?: number; gid?: number } = {}): ChildProcess {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(MODULE.href)};
    try {
      const server = await startEmbeddedPostgres({ dataDir: process.argv[1], settings: { fsync: 'off' } });
      console.log(JSON.stringify({ connectionString: server.connectionString, startedHere: server.startedHere }));
    } catch (error) {
      console.log(JSON.stringify({ error: error.message }));
    }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    // A process group of its own stands for the terminal's, which gets the Ctrl-C.
    detached: true,
    ...identity,
  });
  children.push(child);
  return child;
}

async function answerOf(child: ChildProcess): Promise<Owner> {
  let text = '';
  child.stdout?.on('data', (part: Buffer) => {
    text += part.toString();
  });
  while (!text.includes('\n') && child.exitCode === null && child.signalCode === null) {
    await sleep(20);
  }
  const answer = JSON.parse(text) as { connectionString: string; startedHere: boolean; error?: string };
  expect(answer.error).toBeUndefined();
  return { child, ...answer };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals, wholeGroup = false): Promise<void> {
  const gone = once(child, 'exit');
  process.kill(wholeGroup ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
  await gone;
}

async function query(connectionString: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function postmasterPid(cluster: string): Promise<number> {
  return Number.parseInt(await readFile(path.join(cluster, 'postmaster.pid'), 'utf8'), 10);
}

async function killPostmaster(cluster: string): Promise<void> {
  process.kill(await postmasterPid(cluster), 'SIGKILL');
}

function clusterOf(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}

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
      shared_buffers: '256MB',
      max_wal_size: '2GB',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    });
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
    children.push(unrelated);
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

test('an initdb killed half-way leaves nothing that spoils the next start', async () => {
  const dataDir = path.join(home, 'interrupted');
  const owner = spawnOwner(dataDir);
  // Killed as soon as initdb has written its first files.
  const begun = async (): Promise<boolean> => {
    const draft = (await readdir(dataDir).catch(() => [])).find((name) => name.startsWith('postgres-new-'));
    return draft !== undefined && (await stat(path.join(dataDir, draft, 'cluster', 'PG_VERSION')).then(() => true, () => false));
  };
  while (!(await begun())) {
    await sleep(5);
  }
  await kill(owner, 'SIGKILL', true);
  expect(await readdir(dataDir)).not.toContain('postgres');
  const server = await start(dataDir);
  expect(await query(server.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.stop();
  await start(dataDir);
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
});

test('simultaneous starts on a fresh folder end at one and the same server', async () => {
  const dataDir = path.join(home, 'simultaneous');
  const owners = await Promise.all(Array.from({ length: RIVALS }, () => answerOf(spawnOwner(dataDir))));
  const server = await start(dataDir);
  expect(owners.map(({ connectionString }) => connectionString)).toEqual(Array.from({ length: RIVALS }, () => server.connectionString));
  expect(owners.filter(({ startedHere }) => startedHere)).toHaveLength(1);
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
});

test('simultaneous starts after a crash end at one and the same server', async () => {
  const dataDir = path.join(home, 'simultaneous');
  await start(dataDir);
  running.splice(0);
  await killPostmaster(clusterOf(dataDir));
  const owners = await Promise.all(Array.from({ length: RIVALS }, () => answerOf(spawnOwner(dataDir))));
  const server = await start(dataDir);
  expect(owners.map(({ connectionString }) => connectionString)).toEqual(Array.from({ length: RIVALS }, () => server.connectionString));
});

describe.runIf(ROOT)('as root', () => {
  test('a data folder below a closed one works, and the next start finds its rows', async () => {
    const closed = path.join(home, 'closed');
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
    const parent = path.join(home, 'of nobody');
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
