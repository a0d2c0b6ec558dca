import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer } from './shop.ts';

const program = fileURLToPath(new URL('../bin/openrun.js', import.meta.url));
/** Keeps what Node has compiled, which halves the time that each of the many processes takes to start. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/openrun-test', import.meta.url));
/** Also where a machine runs much else. */
const startLimitMs = 180_000;

/** A real `openrun start` in a process of its own. */
export interface ServerProcess {
  url: string;
  pid: number;
  /** What it has written so far. */
  stdout: () => string;
  stderr: () => string;
  signal: (name: NodeJS.Signals) => void;
  exited: Promise<Exit>;
  /** SIGTERM, and waits for the end. */
  stop: () => Promise<Exit>;
  /** SIGKILL: as a crash would end it. */
  kill: () => Promise<Exit>;
}

export interface Exit {
  code: number | null;
  stdout: string;
  stderr: string;
}

const children = new Set<ChildProcessWithoutNullStreams>();
// Nothing that a suite forgot to stop outlives it.
process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** Starts a server on a free port and gives it once it greets; `file` is another `openrun.js`, such as an older release's. */
export async function startServer(environment: Record<string, string>, file = program): Promise<ServerProcess> {
  const run = runProgram(['start'], { PORT: '0', ...environment }, file);
  const exited = run.exited.then((exit) => {
    throw new Error(`the server ended with ${exit.code}: ${exit.stderr}`);
  });
  const url = await Promise.race([run.printed(/Openrun is open at (\S+)/), exited, deadline()]).catch((error: unknown) => {
    run.child.kill('SIGKILL');
    throw error;
  });
  exited.catch(() => {});
  const signal = (name: NodeJS.Signals) => void run.child.kill(name);
  const end = (name: NodeJS.Signals) => {
    signal(name);
    return run.exited;
  };
  return {
    url,
    pid: run.child.pid ?? 0,
    stdout: run.stdout,
    stderr: run.stderr,
    signal,
    exited: run.exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** Runs one command of the program, or of another `openrun.js`, to its end. */
export function runCommand(args: string[], environment: Record<string, string> = {}, file = program): Promise<Exit> {
  return runProgram(args, environment, file).exited;
}

function runProgram(args: string[], environment: Record<string, string>, file = program) {
  const { PATH = '', HOME = '', SYSTEMROOT = '', TMPDIR = '' } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH, HOME, ...(SYSTEMROOT && { SYSTEMROOT }), ...(TMPDIR && { TMPDIR }), NODE_COMPILE_CACHE: compiled, LOG_LEVEL: 'silent', ...environment },
  });
  child.stdin.end();
  children.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const exited = once(child, 'close').then(([code]): Exit => {
    children.delete(child);
    return { code: code as number | null, stdout, stderr };
  });
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      child.stdout.on('data', () => {
        const found = pattern.exec(stdout)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
  return { child, exited, printed, stdout: () => stdout, stderr: () => stderr };
}

function deadline(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('the server did not greet in time')), startLimitMs).unref();
  });
}

/** Sends a JSON request over the network; with `token` undefined, as nobody. */
export async function sendTo(
  url: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: Object.fromEntries(response.headers) };
}
