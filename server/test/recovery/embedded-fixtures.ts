import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded/embedded-postgres.ts';

const MODULE = new URL('../../src/infrastructure/postgres/embedded/embedded-postgres.ts', import.meta.url);

export interface Owner {
  child: ChildProcess;
  connectionString: string;
  startedHere: boolean;
}

export interface EmbeddedFixtures {
  /** A folder for the suite's clusters, removed at its end. */
  home: () => string;
  /** Starts a server that is stopped when the test ends. */
  start: (dataDir: string, settings?: Record<string, string>) => Promise<EmbeddedPostgres>;
  /** A process of its own that starts the server and stays; what it prints ends up in its answer. */
  spawnOwner: (dataDir: string, identity?: { uid?: number; gid?: number }) => ChildProcess;
  /** Leaves the servers that `start` gave to themselves. */
  abandon: () => void;
  /** Has a process killed when the test ends. */
  endWithTest: (child: ChildProcess) => void;
}

/** To be called once, at the top of a suite: it registers the hooks that clean up. */
export function embeddedFixtures(): EmbeddedFixtures {
  let home = '';
  const running: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'openrun-embedded-'));
    // Other accounts must be able to pass, as they can in an ordinary parent folder.
    await chmod(home, 0o755);
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

  return {
    home: () => home,
    async start(dataDir, settings = { fsync: 'off' }) {
      const server = await startEmbeddedPostgres({ dataDir, settings });
      running.push(server);
      return server;
    },
    spawnOwner(dataDir, identity = {}) {
      const child = spawnOwner(dataDir, identity);
      children.push(child);
      return child;
    },
    abandon: () => void running.splice(0),
    endWithTest: (child) => void children.push(child),
  };
}

function spawnOwner(dataDir: string, identity: { uid?: number; gid?: number }): ChildProcess {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(MODULE.href)};
    try {
      const server = await startEmbeddedPostgres({ dataDir: process.argv[1], settings: { fsync: 'off' } });
      console.log(JSON.stringify({ connectionString: server.connectionString, startedHere: server.startedHere }));
    } catch (error) {
      console.log(JSON.stringify({ error: error.message }));
    }
    setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script, '--', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    // A process group of its own stands for the terminal's, which gets the Ctrl-C.
    detached: true,
    ...identity,
  });
}

export async function answerOf(child: ChildProcess): Promise<Owner> {
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

export async function kill(child: ChildProcess, signal: NodeJS.Signals, wholeGroup = false): Promise<void> {
  const gone = once(child, 'exit');
  process.kill(wholeGroup ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
  await gone;
}

export async function query(connectionString: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

export async function postmasterPid(cluster: string): Promise<number> {
  return Number.parseInt(await readFile(path.join(cluster, 'postmaster.pid'), 'utf8'), 10);
}

export async function killPostmaster(cluster: string): Promise<void> {
  process.kill(await postmasterPid(cluster), 'SIGKILL');
}

export function clusterOf(dataDir: string): string {
  return path.join(dataDir, 'postgres');
}
