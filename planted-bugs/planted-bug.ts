import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scenarios } from '../prove/scenarios/all.ts';

/** The root of the repository, with a slash at its end. */
export const repository = fileURLToPath(new URL('../', import.meta.url));

/** What must notice a bug: a test, or a scenario of the fault suite. */
export type Detector = { file: string; test: string } | { scenario: string };

/** A mistake that a developer could make, as a patch with a header that says what it is about. */
export interface PlantedBug {
  name: string;
  /** The patch, by its path in the repository. */
  patch: string;
  /** What is wrong, in one sentence. */
  bug: string;
  /** What happens to the shop by it. */
  danger: string;
  /** At least one of them must fail. Several, where chance decides which. */
  caughtBy: Detector[];
}

const test = /^(?<file>\S+\.test\.ts) "(?<test>.+)"$/;
const prove = /^prove (?<scenario>\S+)$/;

/** Reads all patches of a folder, by name. Throws where a header is not complete. */
export async function readPlantedBugs(folder = 'planted-bugs'): Promise<PlantedBug[]> {
  const files = (await readdir(join(repository, folder))).filter((file) => file.endsWith('.patch')).toSorted();
  return Promise.all(files.map(async (file) => readHeader(`${folder}/${file}`, await readFile(join(repository, folder, file), 'utf8'))));
}

function readHeader(patch: string, text: string): PlantedBug {
  const [head = ''] = text.split(/^diff --git /m);
  const linesOf = (label: string) => Array.from(head.matchAll(new RegExp(`^${label}: (.+)$`, 'gm')), ([, value = '']) => value);
  const [[bug], [danger], caughtBy] = [linesOf('Bug'), linesOf('Danger'), linesOf('Caught by')];
  if (!bug || !danger || caughtBy.length === 0) throw new Error(`${patch}: the header must have a line Bug, Danger and Caught by`);
  return { name: basename(patch, '.patch'), patch, bug, danger, caughtBy: caughtBy.map((line) => readDetector(patch, line)) };
}

function readDetector(patch: string, line: string): Detector {
  const named = test.exec(line)?.groups ?? prove.exec(line)?.groups;
  if (!named) throw new Error(`${patch}: "${line}" names neither a test nor a scenario`);
  return { ...named } as Detector;
}

/** Gives what is wrong with where a bug should be caught: a test or scenario that does not exist. */
export async function findMissingDetectors({ caughtBy }: PlantedBug): Promise<string[]> {
  const missing: string[] = [];
  for (const detector of caughtBy) {
    if ('scenario' in detector) {
      if (!scenarios.some(({ name }) => name === detector.scenario)) missing.push(`there is no scenario ${detector.scenario}`);
      continue;
    }
    const content = await readFile(join(repository, detector.file), 'utf8').catch(() => '');
    if (!content.includes(`test('${detector.test}'`)) missing.push(`${detector.file} has no test "${detector.test}"`);
  }
  return missing;
}
