import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, sayStep } from './program.ts';

/** Installs a peer from its lock file, in its own folder, unless that has been done. No package's scripts are run. */
export async function install(folder: string): Promise<void> {
  const lockFile = createHash('sha256').update(await readFile(join(folder, 'package-lock.json'))).digest('hex');
  const mark = join(folder, 'node_modules', '.installed-from');
  if ((await readFile(mark, 'utf8').catch(() => '')) === lockFile) return;
  sayStep(`npm ci in ${folder}`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // The way to the registry, its proxy and certificates, may be in the environment.
  await runCommand(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, environment: process.env });
  await writeFile(mark, lockFile);
}

/** The version that is installed of a package. */
export async function installedVersion(folder: string, name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as { version: string };
  return version;
}
