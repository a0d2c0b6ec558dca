import type { Driver } from './driver.ts';
import { memoryLatency } from './memory-latency.ts';
import { cpuSecondsOf } from './processes.ts';
import type { Fixtures, Scenario, Target } from './scenarios.ts';

/** One run of one scenario. CPU is that of all servers together, in microseconds for each answer. */
export interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  serverCpuUs: number;
  postgresCpuUs: number;
  /** Answers that are none of those that the scenario is about, as far as the driver tells. */
  unexpected: number;
}

/** A scenario beside its floor: medians of the rounds, and the spread of the rounds' ratios. */
export interface Row extends Measured {
  scenario: string;
  connections: number;
  floor: string;
  ratio: number;
  ratioMin: number;
  ratioMax: number;
  mustReach: number;
  aim: number;
}

/** What the rounds of one scenario came to. */
interface Result {
  runs: Measured[];
  /** One for each round; 1 for what is only a floor. */
  ratios: number[];
}

/** How one run is driven. */
interface How {
  connections: number;
  seconds: number;
  driver: Driver;
}

/**
 * How long a load goes on before it is measured. A server that was idle while others were measured is slow at first: after 40 idle seconds, three
 * instances took up to 45 % more time for an order in the first two seconds than eight seconds later.
 */
const leadInSeconds = 2;

export async function measure(scenario: Scenario, target: Target, fixtures: Fixtures, { connections, seconds, driver }: How): Promise<Measured> {
  const load = await scenario.prepare(target, fixtures);
  const pids = target.servers.filter(({ url }) => load.urls.includes(url)).map(({ pid }) => pid);
  const cpuSeconds = () => ({ server: pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0), postgres: cpuSecondsOf(target.postgresPid) });
  const before = cpuSeconds();
  const { answers, perSecond, p50Ms, p99Ms, unexpected } = await driver.drive(load, scenario.status, connections, seconds);
  const after = cpuSeconds();
  return {
    perSecond,
    p50Ms,
    p99Ms,
    serverCpuUs: ((after.server - before.server) * 1e6) / answers,
    postgresCpuUs: ((after.postgres - before.postgres) * 1e6) / answers,
    unexpected,
  };
}

/**
 * Measures the scenarios one after another, by turns with their floors: floor, scenario, floor, scenario, floor, `rounds` times. So a machine that
 * slows down for a while slows both, and both stay warm; a round's ratio is that of the scenario to the mean of the floors before and after it.
 * Each run begins while its load is already under way.
 */
export async function measureAll(
  scenarios: Scenario[],
  target: Target,
  fixtures: Fixtures,
  { connections, seconds, rounds, driver }: How & { rounds: number },
  say: (line: string) => void,
): Promise<Row[]> {
  const results = new Map<string, Result>(scenarios.map((each) => [each.name, { runs: [], ratios: isFloor(each) ? [1] : [] }]));
  const run = async (scenario: Scenario) => {
    await measure(scenario, target, fixtures, { connections, seconds: leadInSeconds, driver });
    const measured = await measure(scenario, target, fixtures, { connections, seconds, driver });
    results.get(scenario.name)?.runs.push(measured);
    return measured;
  };
  for (const scenario of scenarios.filter((each) => !isFloor(each))) {
    const floor = scenarios.find(({ name }) => name === scenario.floor) ?? scenario;
    let before = await run(floor);
    for (let round = 1; round <= rounds; round += 1) {
      const own = await run(scenario);
      const after = await run(floor);
      results.get(scenario.name)?.ratios.push((2 * own.perSecond) / (before.perSecond + after.perSecond));
      before = after;
    }
    say(`${connections} connections: ${scenario.name}, ${memoryLatency()}`);
  }
  return scenarios.map((scenario) => rowOf(scenario, connections, results.get(scenario.name) ?? { runs: [], ratios: [] }));
}

function isFloor({ name, floor }: Scenario): boolean {
  return name === floor;
}

function rowOf({ name, floor, mustReach, aim }: Scenario, connections: number, { runs, ratios }: Result): Row {
  const of = (field: keyof Measured) => median(runs.map((each) => each[field]));
  return {
    scenario: name, connections, floor, mustReach, aim,
    perSecond: of('perSecond'), p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), serverCpuUs: of('serverCpuUs'), postgresCpuUs: of('postgresCpuUs'),
    unexpected: runs.reduce((sum, { unexpected }) => sum + unexpected, 0),
    ratio: median(ratios), ratioMin: Math.min(...ratios), ratioMax: Math.max(...ratios),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
