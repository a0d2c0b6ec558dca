import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { styleText } from 'node:util';

export interface Place {
  cwd: string;
  environment: NodeJS.ProcessEnv;
}

export interface Running {
  pid: number;
  stop: () => Promise<void>;
}

const startLimitMs = 180_000;
const stopLimitMs = 20_000;
const pauseMs = 200;
const keptCharacters = 4_000;
const children = new Set<ChildProcess>();
// Nothing outlives a run that is broken off.
process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Runs a Node program to its end; refuses with what it printed last, if it fails. */
export async function runProgram(args: string[], place: Place): Promise<void> {
  const { child, printed } = begin(process.execPath, args, place);
  await ended(child, args, printed);
}

/** The same for a program found on the path. */
export async function runCommand(command: string, args: string[], place: Place): Promise<void> {
  const { child, printed } = begin(command, args, place);
  await ended(child, [command, ...args], printed);
}

/** Starts a Node program and gives it once it is ready, which is asked again and again, with what it has printed. */
export async function startProgram(args: string[], isReady: (printed: string) => boolean | Promise<boolean>, place: Place): Promise<Running> {
  const { child, printed } = begin(process.execPath, args, place);
  const deadline = performance.now() + startLimitMs;
  while (!(await isReady(printed()))) {
    const end = child.exitCode ?? child.signalCode;
    if (end !== null) throw new Error(`${args.join(' ')} ended with ${end}: ${printed()}`);
    if (performance.now() > deadline) throw new Error(`${args.join(' ')} is not ready: ${printed()}`);
    await setTimeout(pauseMs);
  }
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const late = setTimeout(stopLimitMs, true, { ref: false });
      if (await Promise.race([gone.then(() => false), late])) child.kill('SIGKILL');
      await gone;
    },
  };
}

function begin(command: string, args: string[], { cwd, environment }: Place) {
  const { PATH = '', HOME = '', SYSTEMROOT = '' } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...(SYSTEMROOT && { SYSTEMROOT }), ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (kept = (kept + chunk.toString()).slice(-keptCharacters)));
  return { child, printed: () => kept };
}

async function ended(child: ChildProcess, what: string[], printed: () => string): Promise<void> {
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${what.join(' ')} ended with ${code}: ${printed()}`);
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function sayStep(line: string): void {
  say(styleText('dim', line));
}
