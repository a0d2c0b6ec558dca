import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeLibraries, programPath } from '../../src/infrastructure/postgres/embedded/binaries.ts';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '../../src/infrastructure/postgres/embedded/embedded-postgres.ts';

let home = '';

beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'openrun-setup-'));
  // Other accounts must be able to pass, as they can in an ordinary parent folder.
  await chmod(home, 0o755);
});

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

async function refusal(dataDir: string): Promise<string> {
  const error: unknown = await startEmbeddedPostgres({ dataDir }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  const { message } = error as EmbeddedPostgresError;
  expect(message).not.toContain('\n');
  return message;
}

test('a data folder that is a file is refused in one line', async () => {
  const file = path.join(home, 'a file');
  await writeFile(file, '');
  expect(await refusal(file)).toContain(file);
});

test('a database folder filled by something else is left alone', async () => {
  const dataDir = path.join(home, 'occupied');
  await mkdir(path.join(dataDir, 'postgres'), { recursive: true });
  await writeFile(path.join(dataDir, 'postgres', 'precious'), 'kept');
  expect(await refusal(dataDir)).toContain('move away');
  expect(await readFile(path.join(dataDir, 'postgres', 'precious'), 'utf8')).toBe('kept');
});

test.runIf(process.platform === 'linux')('packages installed without their install scripts get their library links back', async () => {
  const packaged = path.dirname(path.dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${process.arch}`)));
  const folder = path.join(home, 'package', 'native');
  for (const part of ['pg-symlinks.json', 'bin', 'lib']) {
    await cp(path.join(packaged, 'native', part), path.join(folder, part), { recursive: true, verbatimSymlinks: true });
  }
  const libraries = await readdir(path.join(folder, 'lib'), { withFileTypes: true });
  for (const { name } of libraries.filter((entry) => entry.isSymbolicLink())) {
    await rm(path.join(folder, 'lib', name));
  }
  const version = (): Promise<unknown> => promisify(execFile)(programPath({ folder, version: '' }, 'initdb'), ['--version']);
  await expect(version()).rejects.toThrow('shared libraries');
  expect(await completeLibraries(folder)).toBe(true);
  await expect(version()).resolves.toMatchObject({ stdout: expect.stringContaining('PostgreSQL') });
});
