import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../server-process.ts';
import { root } from './generated.ts';

/** One block of commands, and the answer that the text shows below it. */
interface Step {
  commands: string;
  answer: string;
}

/** The blocks between `<!-- runnable -->` and `<!-- /runnable -->`: each of commands, followed or not by one with their answer. */
function stepsIn(text: string): Step[] {
  const runnable = Array.from(text.matchAll(/<!-- runnable -->(.*?)<!-- \/runnable -->/gs), ([, part]) => part).join('\n');
  const steps: Step[] = [];
  for (const [, language, body = ''] of runnable.matchAll(/^```(\w+)\n(.*?)^```/gms)) {
    const step = steps.at(-1);
    if (language === 'bash') steps.push({ commands: body, answer: '' });
    else if (step) step.answer += body;
  }
  return steps;
}

/** Ids and times differ from run to run, and the text breaks long answers into lines. */
function comparable(answer: string): string {
  const masked = answer
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
    .replaceAll('\r', '')
    .trim();
  return masked.startsWith('{') || masked.startsWith('[') ? JSON.stringify(JSON.parse(masked), null, 2) : masked;
}

const separator = '--- next step ---';

/** Runs the steps as one session of bash. Gives what each printed. */
async function runSteps(steps: Step[], shopUrl: string): Promise<string[]> {
  const script = steps.map(({ commands }) => commands).join(`\necho '${separator}'\n`);
  const { PATH = '' } = process.env;
  const bash = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: `${dirname(process.execPath)}:${PATH}`, SHOP: shopUrl },
  });
  let output = '';
  let errors = '';
  bash.stdout.on('data', (data: Buffer) => (output += data.toString()));
  bash.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const code = await new Promise((resolve) => bash.once('close', resolve));
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  return output.split(`${separator}\n`);
}

const hasTools = ['bash', 'curl'].every((tool) => spawnSync(tool, ['--version']).status === 0);

test.skipIf(!hasTools).each(['README.md', 'README.ko.md'])('the commands of %s answer what it says', async (file) => {
  const steps = stepsIn(await readFile(join(root, file), 'utf8'));
  expect(steps.length).toBeGreaterThan(5);
  const dataDir = await mkdtemp(join(tmpdir(), 'openrun readme '));
  const server = await startServer({ OPENRUN_DATA_DIR: dataDir });
  try {
    const printed = await runSteps(steps, server.url);
    expect(printed.map(comparable)).toEqual(steps.map(({ answer }) => comparable(answer)));
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 180_000);
