import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Answered, type Driver, type Load, textOf } from './driver.ts';

const script = fileURLToPath(new URL('wrk.lua', import.meta.url));
const run = promisify(execFile);

/** How many requests are prepared where they may be sent again and again: some for each buyer. */
const preparedMax = 50_000;
/** Longer than anything takes: wrk counts an answer that takes longer as an error. */
const timeout = '60s';
const outputMaxBytes = 64 * 2 ** 20;

/** What `wrk.lua` prints. */
interface Printed {
  answers: number;
  us: number;
  /** Answers with a status of 400 and above. */
  refused: number;
  lost: number;
  /** Microseconds, and how many answers took them. */
  latencies: [us: number, count: number][];
}

/** The load generator wrk, where it is installed. It counts whole seconds, and tells answers below 400 from those above only. */
export function findWrk(): Driver | undefined {
  const { stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  const version = /^wrk \D*([\d.]+)/.exec(stdout ?? '')?.[1];
  return version === undefined ? undefined : { name: `wrk ${version}`, drive };
}

/** One wrk for each server, at the same time; the connections are shared out over them. */
async function drive(load: Load, status: number, connections: number, seconds: number): Promise<Answered> {
  const folder = await mkdtemp(join(tmpdir(), 'openrun-requests-'));
  try {
    const wholeSeconds = Math.max(1, Math.round(seconds));
    const files = await Promise.all(load.urls.map((url, index) => writeRequests(join(folder, String(index)), load, url, wholeSeconds)));
    const printed = await Promise.all(
      load.urls.map((url, index) => {
        const share = Math.floor((connections + index) / load.urls.length);
        return runWrk(url, share, wholeSeconds, [files[index] ?? '', load.oncePerSecond === undefined ? 'again' : 'once']);
      }),
    );
    return answeredOf(printed, status);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeRequests(file: string, { urls, request, oncePerSecond }: Load, url: string, seconds: number): Promise<string> {
  const count = Math.ceil((oncePerSecond === undefined ? preparedMax : oncePerSecond * seconds) / urls.length);
  const first = Math.floor(Math.random() * 1e6);
  const { host } = new URL(url);
  const texts = Array.from({ length: count }, (_, n) => textOf(request(first + n), host));
  await writeFile(file, texts.map((text) => `${text.length}\n${text}`).join(''), 'latin1');
  return file;
}

async function runWrk(url: string, connections: number, seconds: number, scriptArguments: string[]): Promise<Printed> {
  const settings = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, '--timeout', timeout];
  const { stdout } = await run('wrk', [...settings, '--script', script, url, '--', ...scriptArguments], { maxBuffer: outputMaxBytes });
  const printed = JSON.parse(stdout.slice(stdout.indexOf('{"answers"'))) as Printed;
  if (printed.lost > 0) throw new Error(`wrk lost ${printed.lost} answers of ${url}`);
  return printed;
}

function answeredOf(printed: Printed[], status: number): Answered {
  const latencies = createHistogram();
  for (const [us, count] of printed.flatMap((each) => each.latencies)) for (let n = 0; n < count; n += 1) latencies.record(Math.max(1, us));
  const sum = (of: (each: Printed) => number) => printed.reduce((total, each) => total + of(each), 0);
  const answers = sum((each) => each.answers);
  const refused = sum((each) => each.refused);
  return {
    answers,
    perSecond: sum((each) => (each.answers * 1e6) / each.us),
    p50Ms: latencies.percentile(50) / 1000,
    p99Ms: latencies.percentile(99) / 1000,
    unexpected: status < 400 ? refused : answers - refused,
  };
}
