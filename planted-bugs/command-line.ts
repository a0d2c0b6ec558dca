import { parseArgs, styleText } from 'node:util';
import { startTestDatabase } from '../server/test/embedded-database.ts';
import { type PlantedBug, findMissingDetectors, readPlantedBugs } from './planted-bug.ts';
import { type Environment, type Failure, type SuiteResult, runScenario, runTests } from './suites.ts';
import { WorkingCopy, checkPatch } from './working-copy.ts';

interface Request {
  chosen: PlantedBug[];
  list: boolean;
  check: boolean;
  all: boolean;
}

type Say = (text: string) => void;

const terminal: Say = (text) => void process.stdout.write(`${text}\n`);
const nameWidth = 36;

/** Does what the command line asks for. Gives the exit code: 0 every bug is caught, 1 one is not, 2 the command line is wrong, 130 interrupted. */
export async function testTheTests(args: string[], folder?: string, say = terminal): Promise<number> {
  const bugs = await readPlantedBugs(folder);
  const request = readArguments(bugs, args);
  if (typeof request === 'string') {
    say(`test:planted: ${request}`);
    return 2;
  }
  const { chosen, list, check, all } = request;
  if (list) {
    for (const { name, bug } of chosen) say(`${name.padEnd(nameWidth)} ${bug}`);
    return 0;
  }
  if (!(await checkAll(chosen, say))) return 1;
  if (check) return 0;
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    return (await plantAll(chosen, all, stopping.signal, say)) ? 0 : 1;
  } catch (error) {
    if (stopping.signal.aborted) return 130;
    throw error;
  }
}

/** Gives what is asked for, or what is wrong with it. */
function readArguments(bugs: PlantedBug[], args: string[]): Request | string {
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ args, options: { only: { type: 'string' }, list: flag, check: flag, all: flag } });
    const names = values.only?.split(',') ?? bugs.map(({ name }) => name);
    const unknown = names.filter((name) => !bugs.some((bug) => bug.name === name));
    if (unknown.length > 0) return `there is no planted bug ${unknown.join(', ')}; --list shows them all`;
    return { ...values, chosen: bugs.filter(({ name }) => names.includes(name)) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether every patch fits the repository as it stands, and the tests that must catch it are there. */
async function checkAll(bugs: PlantedBug[], say: Say): Promise<boolean> {
  let good = true;
  for (const bug of bugs) {
    const misfit = await checkPatch(bug.patch).then(() => [], ({ message, stderr = message }: Error & { stderr?: string }) => [stderr.trim()]);
    for (const trouble of [...misfit, ...(await findMissingDetectors(bug))]) {
      say(`${bug.name.padEnd(nameWidth)} ${styleText('red', 'DOES NOT FIT')}  ${trouble}`);
      good = false;
    }
  }
  if (good) say(`${bugs.length} patches fit`);
  return good;
}

/** Whether the suites are green without a bug, and catch each. What fails without a bug catches nothing. */
async function plantAll(bugs: PlantedBug[], all: boolean, signal: AbortSignal, say: Say): Promise<boolean> {
  const postgres = await startTestDatabase();
  const copy = await WorkingCopy.make();
  try {
    const environment = { folder: copy.folder, databaseUrl: postgres.url, signal };
    const control = await runSuites(environment, bugs, all);
    say(`${'(no bug)'.padEnd(nameWidth)} ${controlText(control)}`);
    const red = new Set(control.failures.map(idOf));
    let caughtCount = 0;
    for (const bug of bugs) {
      await copy.apply(bug.patch);
      const result = await runSuites(environment, [bug], all);
      await copy.takeBack(bug.patch);
      const failures = result.failures.filter((failure) => !red.has(idOf(failure)));
      const caught = caughtIn(bug, failures);
      say(`${bug.name.padEnd(nameWidth)} ${bugText(caught, failures, result.broken)}`);
      if (caught) caughtCount += 1;
    }
    say(`\n${caughtCount} of ${bugs.length} planted bugs caught`);
    return caughtCount === bugs.length && isGreen(control);
  } finally {
    await copy.remove();
    await postgres.stop();
  }
}

/** Runs what is to catch the bugs, or with `all` the whole suite instead of single files. */
async function runSuites(environment: Environment, bugs: PlantedBug[], all: boolean): Promise<SuiteResult> {
  const detectors = bugs.flatMap(({ caughtBy }) => caughtBy);
  const files = new Set(detectors.flatMap((detector) => ('file' in detector ? detector.file : [])));
  const scenarios = new Set(detectors.flatMap((detector) => ('scenario' in detector ? detector.scenario : [])));
  const results: SuiteResult[] = [];
  if (all || files.size > 0) results.push(await runTests(environment, all ? [] : [...files]));
  for (const scenario of scenarios) results.push(await runScenario(environment, scenario));
  return {
    ran: results.reduce((sum, { ran }) => sum + ran, 0),
    failures: results.flatMap(({ failures }) => failures),
    broken: results.flatMap(({ broken }) => broken),
  };
}

function isGreen({ ran, failures, broken }: SuiteResult): boolean {
  return ran > 0 && failures.length === 0 && broken.length === 0;
}

/** The failure that was expected of the bug, if there is one. */
function caughtIn({ caughtBy }: PlantedBug, failures: Failure[]): Failure | undefined {
  const expected = caughtBy.map((detector) => ('file' in detector ? `${detector.file} ${detector.test}` : `prove ${detector.scenario}`));
  return failures.find((failure) => expected.includes(idOf(failure)));
}

function idOf({ where, what }: Failure): string {
  return `${where} ${what}`;
}

function controlText(result: SuiteResult): string {
  if (isGreen(result)) return `${styleText('green', 'GREEN')}     ${result.ran} tests and scenarios`;
  return [styleText('red', 'NOT GREEN'), ...result.broken, ...result.failures.map(failureText)].join('\n    ');
}

function bugText(caught: Failure | undefined, failures: Failure[], broken: string[]): string {
  const others = failures.length - 1;
  if (caught) return `${styleText('green', 'CAUGHT')}    ${failureText(caught)}${others > 0 ? `\n    and ${others} more ${others === 1 ? 'test' : 'tests'}` : ''}`;
  return [styleText('red', 'SURVIVED'), ...broken, ...failures.map((failure) => `not by what was to catch it: ${failureText(failure)}`)].join('\n    ');
}

function failureText({ where, what, why }: Failure): string {
  return `${where} "${what}"\n    ${why}`;
}
