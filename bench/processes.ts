import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { memoryLatency } from './memory-latency.ts';

export interface Server {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts a server that prints its address as the first http://... on stdout. */
export async function startServer(script: string, args: string[], environment: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await addressOf(child);
  return {
    url,
    pid: child.pid ?? 0,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** Signs the tokens that the load is sent with. */
export const secret = 'a secret for the benchmark, long enough to sign';
const shopScript = fileURLToPath(new URL('../server/bin/openrun.js', import.meta.url));

/** Starts our server on a database. No limit of rates or balances is in the way of a load. */
export function startShop(databaseUrl: string, environment: Record<string, string> = {}): Promise<Server> {
  return startServer(shopScript, ['start'], {
    DATABASE_URL: databaseUrl, AUTH_SECRET: secret, PORT: '0', LOG_LEVEL: 'warn',
    RATE_LIMIT_ACCOUNT_PER_MINUTE: '1000000000', WALLET_BALANCE_MAX: '1000000000000', ...environment,
  });
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const [url] = /http:\/\/[\d.]+:\d+/.exec(printed) ?? [];
      if (url) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`server ended with code ${code} before it was ready`)));
  });
}

/** CPU seconds used so far by a process, and by those that it started; 0 where the platform does not tell. */
export function cpuSecondsOf(pid: number): number {
  try {
    return [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + ownCpuSeconds(each), 0);
  } catch {
    return 0;
  }
}

/** Memory in use by a process; 0 where the platform does not tell. */
export function memoryMiBOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

const ticksPerSecond = 100;

function ownCpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // User and system time of the process itself, and of its ended children.
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / ticksPerSecond;
  } catch {
    return 0;
  }
}

function descendantsOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
}

function parentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  } catch {
    return 0;
  }
}

export function describeMachine(postgresVersion: string): Record<string, string> {
  return {
    processor: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    cache: memoryLatency(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    postgres: postgresVersion,
  };
}
