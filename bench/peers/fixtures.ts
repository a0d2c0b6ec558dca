import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, runProgram } from './program.ts';
import type { Wanted } from './shop.ts';

/** Runs a peer's own program that fills its database; gives what it writes: ids and tokens. */
export async function seed<Fixtures>(args: string[], wanted: Wanted, { cwd, environment }: Place): Promise<Fixtures> {
  const folder = await mkdtemp(join(tmpdir(), 'openrun-peer-'));
  try {
    const file = join(folder, 'fixtures.json');
    await runProgram(args, { cwd, environment: { ...environment, SHOP: JSON.stringify(wanted), FIXTURES_FILE: file } });
    return JSON.parse(await readFile(file, 'utf8')) as Fixtures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
