import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';

/** What is run in a copy of the repository. */
export interface Environment {
  folder: string;
  /** The PostgreSQL server on which the suites make their databases. */
  databaseUrl: string;
  signal: AbortSignal;
}

export interface Failure {
  /** The file of a test, or `prove`. */
  where: string;
  /** The name of the test, or of the scenario. */
  what: string;
  /** The first line of its message. */
  why: string;
}

export interface SuiteResult {
  ran: number;
  failures: Failure[];
  /** What could not be run at all, such as a file that does not load. That catches nothing. */
  broken: string[];
}

/** What is read of vitest's JSON report. */
interface VitestReport {
  testResults: {
    name: string;
    status: 'passed' | 'failed';
    message: string;
    assertionResults: { title: string; status: string; failureMessages: string[] }[];
  }[];
}

const outputShown = 2_000;
/** Of one run of the suites; a bug may also keep them from coming to an end. */
const timeLimitMs = 20 * 60_000;

/** Runs test files, or all where none is named. */
export async function runTests(environment: Environment, files: string[]): Promise<SuiteResult> {
  const { folder, databaseUrl } = environment;
  const reportFile = join(folder, 'node_modules/vitest-report.json');
  await rm(reportFile, { force: true });
  // One file after the other: a race that only fails because the machine is busy with another file catches nothing.
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', '--reporter=json', `--outputFile=${reportFile}`, '--exclude=planted-bugs/**', ...files];
  const { output } = await runNode(environment, args, { TEST_DATABASE_URL: databaseUrl });
  const json = await readFile(reportFile, 'utf8').catch(() => undefined);
  if (json === undefined) return nothingRan('vitest', output);
  const { testResults } = JSON.parse(json) as VitestReport;
  const result: SuiteResult = { ran: 0, failures: [], broken: [] };
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(folder, name);
    const ended = assertionResults.filter((each) => each.status === 'passed' || each.status === 'failed');
    const failed = ended.filter((each) => each.status === 'failed');
    result.ran += ended.length;
    result.failures.push(...failed.map(({ title, failureMessages }) => ({ where: file, what: title, why: firstLine(failureMessages[0]) })));
    if (status === 'failed' && ended.length === 0) result.broken.push(`${file}: ${firstLine(message)}`);
    else if (status === 'failed' && failed.length === 0) result.failures.push({ where: file, what: 'after all tests', why: firstLine(message) });
  }
  const absent = files.filter((file) => !testResults.some(({ name }) => relative(folder, name) === file));
  result.broken.push(...absent.map((file) => `${file}: did not run`));
  return result;
}

/** What is read of the report of `prove --json`. */
interface ProveReport {
  results: { skipped?: string; auditClean: boolean; differences: { what: string; detail: string }[] }[];
}

/** Runs one scenario of the fault suite. */
export async function runScenario(environment: Environment, scenario: string): Promise<SuiteResult> {
  const { stdout, output } = await runNode(environment, ['prove/run.ts', '--short', '--only', scenario, '--json'], {});
  const report = parseReport(stdout);
  if (!report) return nothingRan('prove', output);
  const failures = report.results.flatMap(({ auditClean, differences: [first] }) => {
    if (first) return { where: 'prove', what: scenario, why: `${first.what}: ${first.detail}` };
    return auditClean ? [] : { where: 'prove', what: scenario, why: 'the audit is not clean' };
  });
  const broken = report.results.flatMap(({ skipped }) => (skipped === undefined ? [] : `prove ${scenario}: ${skipped}`));
  return { ran: report.results.length, failures, broken };
}

function parseReport(stdout: string): ProveReport | undefined {
  try {
    return JSON.parse(stdout) as ProveReport;
  } catch {
    return undefined;
  }
}

function nothingRan(what: string, output: string): SuiteResult {
  return { ran: 0, failures: [], broken: [`${what} has written no report:\n${output.slice(-outputShown)}`] };
}

async function runNode({ folder, signal }: Environment, args: string[], variables: Record<string, string>): Promise<{ stdout: string; output: string }> {
  signal.throwIfAborted();
  // A run inside a run of vitest is not one of its workers.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const env = { ...inherited, ...variables };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeLimitMs });
  // It stops the servers that it has started by itself.
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return { stdout, output: stdout + stderr };
}

function firstLine(message = ''): string {
  return message.split('\n', 1)[0] ?? '';
}
