/** `npm run prove`: faults and races against real servers and a real database, and the proof that every answer was true. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Cluster } from './cluster.ts';
import { roundText, scenarioHeading, summaryText } from './report.ts';
import { type RoundResult, type Scenario, runRound } from './round.ts';
import { scenarios } from './scenarios/all.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const chosen = scenarios.filter(({ name }) => options.only === '' || options.only.split(',').includes(name));
const rounds = Number(options.rounds);
const seed = options.seed === undefined ? randomInt(1, 1_000_000) : Number(options.seed);

if (options.list) {
  for (const { name, protects } of scenarios) process.stdout.write(`${name.padEnd(20)} ${protects}\n`);
} else if (chosen.length < new Set(options.only.split(',')).size && options.only !== '') {
  fail(`--only names an unknown scenario; --list shows them all`);
} else if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed) || seed < 0) {
  fail('--rounds must be a whole number above 0, and --seed a whole number');
} else {
  await proveAll();
}

async function proveAll(): Promise<void> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  say(`seed ${seed}${rounds > 1 ? ` to ${seed + rounds - 1}` : ''}; three servers, one PostgreSQL`);
  const results: RoundResult[] = [];
  const shared: { cluster?: Cluster } = {};
  try {
    for (const scenario of chosen) {
      if (stopping.signal.aborted) break;
      say(scenarioHeading(scenario));
      await inCluster(scenario, shared, async (cluster) => {
        for (let round = 0; round < rounds && !stopping.signal.aborted; round += 1) {
          const result = await runRound(cluster, scenario, seed + round, options.short);
          say(roundText(result));
          results.push(result);
        }
      });
    }
  } finally {
    await shared.cluster?.close();
  }
  say(summaryText(results));
  const clean = results.every(({ differences, auditClean }) => differences.length === 0 && auditClean);
  if (options.json) process.stdout.write(`${JSON.stringify({ seed, rounds, short: options.short, clean, results }, null, 2)}\n`);
  process.exitCode = stopping.signal.aborted ? 130 : clean ? 0 : 1;
}

/** Most scenarios share one cluster, which is started for the first of them. */
async function inCluster(scenario: Scenario, shared: { cluster?: Cluster }, prove: (cluster: Cluster) => Promise<void>): Promise<void> {
  if (!scenario.cluster) {
    shared.cluster ??= await Cluster.start();
    return prove(shared.cluster);
  }
  try {
    const own = await Cluster.start(typeof scenario.cluster === 'function' ? await scenario.cluster() : scenario.cluster);
    try {
      await prove(own);
    } finally {
      await own.close();
    }
  } finally {
    await scenario.cleanUp?.();
  }
}

/** With `--json`, standard output is for the JSON alone. */
function say(text: string): void {
  (options.json ? process.stderr : process.stdout).write(`${text}\n`);
}

function fail(message: string): void {
  process.stderr.write(`prove: ${message}.\n`);
  process.exitCode = 2;
}
