import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Cluster } from './cluster.ts';
import { roundText, scenarioHeading, summaryText } from './report.ts';
import { type RoundResult, type Scenario, runRound } from './round.ts';

/** Where the text goes: the report to `out` unless that is for JSON, the rest to `err`. */
export interface Output {
  out: (text: string) => void;
  err: (text: string) => void;
}

interface Request {
  chosen: Scenario[];
  rounds: number;
  seed: number;
  short: boolean;
  list: boolean;
  json: boolean;
}

const terminal: Output = { out: (text) => void process.stdout.write(`${text}\n`), err: (text) => void process.stderr.write(`${text}\n`) };

/** Runs what the command line asks for. Gives the exit code: 0 everything holds, 1 something differs, 2 the command line is wrong, 130 interrupted. */
export async function prove(scenarios: readonly Scenario[], args: string[], { out, err }: Output = terminal): Promise<number> {
  const request = readArguments(scenarios, args);
  if (typeof request === 'string') {
    err(`prove: ${request}`);
    return 2;
  }
  if (request.list) {
    for (const { name, protects } of scenarios) out(`${name.padEnd(20)} ${protects}`);
    return 0;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  const say = request.json ? err : out;
  const results: RoundResult[] = [];
  const finished = await runAll(request, results, say, stopping.signal).then(
    () => true,
    (error: Error) => {
      // Such as servers that do not start: nothing is proven then.
      err(`prove: ${error.stack ?? error.message}`);
      return false;
    },
  );
  say(summaryText(results));
  const clean = finished && results.every(({ differences, auditClean }) => differences.length === 0 && auditClean);
  const { seed, rounds, short } = request;
  if (request.json) out(JSON.stringify({ seed, rounds, short, clean, results }, null, 2));
  if (stopping.signal.aborted) return 130;
  return clean ? 0 : 1;
}

/** Gives what is asked for, or what is wrong with it. */
function readArguments(scenarios: readonly Scenario[], args: string[]): Request | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: '1' },
        seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
        only: { type: 'string' },
        short: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const names = values.only?.split(',') ?? scenarios.map(({ name }) => name);
    const unknown = names.filter((name) => !scenarios.some((scenario) => scenario.name === name));
    if (unknown.length > 0) return `there is no scenario ${unknown.join(', ')}; --list shows them all`;
    const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
    if (!Number.isSafeInteger(rounds) || rounds < 1) return '--rounds must be a whole number above 0';
    if (!Number.isSafeInteger(seed) || seed < 0) return '--seed must be a whole number';
    return { ...values, rounds, seed, chosen: scenarios.filter(({ name }) => names.includes(name)) };
  } catch (error) {
    return (error as Error).message;
  }
}

async function runAll({ chosen, rounds, seed, short }: Request, results: RoundResult[], say: (text: string) => void, stopping: AbortSignal): Promise<void> {
  say(`seed ${seed}${rounds > 1 ? ` to ${seed + rounds - 1}` : ''}${short ? ', short' : ''}`);
  const shared: { cluster?: Cluster } = {};
  try {
    for (const scenario of chosen) {
      if (stopping.aborted) break;
      say(scenarioHeading(scenario));
      await inCluster(scenario, shared, async (cluster) => {
        for (let round = 0; round < rounds && !stopping.aborted; round += 1) {
          const result = await runRound(cluster, scenario, seed + round, short);
          say(roundText(result));
          results.push(result);
        }
      });
    }
  } finally {
    await shared.cluster?.close();
  }
}

/** Most scenarios share one cluster, which is started for the first of them. */
async function inCluster(scenario: Scenario, shared: { cluster?: Cluster }, work: (cluster: Cluster) => Promise<void>): Promise<void> {
  if (!scenario.cluster) {
    shared.cluster ??= await Cluster.start();
    return work(shared.cluster);
  }
  try {
    const own = await Cluster.start(typeof scenario.cluster === 'function' ? await scenario.cluster() : scenario.cluster);
    try {
      await work(own);
    } finally {
      await own.close();
    }
  } finally {
    await scenario.cleanUp?.();
  }
}
