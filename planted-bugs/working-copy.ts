import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './planted-bug.ts';

const run = promisify(execFile);

/** Of the repository and its folders, what is not source: packages, history, and the shops of those who work on it. */
const leftOut = /^(node_modules|\.git|\.openrun.*|dist|coverage)$/;
/** Of `node_modules`, what every copy makes for itself. */
const ownFolders = new Set(['.cache', '.vite', '.vite-temp', '.vitest-cache']);

/** The repository as it stands, changes that are not committed included, in a temporary folder. Its packages are those of the original. */
export class WorkingCopy {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<WorkingCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'openrun-planted-'));
    await cp(repository, folder, { recursive: true, verbatimSymlinks: true, filter: (source) => source === repository || !leftOut.test(basename(source)) });
    await linkPackages(join(repository, 'node_modules'), join(folder, 'node_modules'));
    return new WorkingCopy(folder);
  }

  /** Rejects when the patch does not fit. */
  async apply(patch: string): Promise<void> {
    await gitApply(this.folder, [], patch);
  }

  async takeBack(patch: string): Promise<void> {
    await gitApply(this.folder, ['--reverse'], patch);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Rejects when the patch does not fit the repository as it stands. */
export async function checkPatch(patch: string): Promise<void> {
  await gitApply(repository, ['--check'], patch);
}

async function gitApply(folder: string, options: string[], patch: string): Promise<void> {
  // A repository around the temporary folder would make git leave out everything outside itself, without a word.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(folder) };
  await run('git', ['apply', ...options, '--whitespace=nowarn', join(repository, patch)], { cwd: folder, env });
}

/**
 * Links to the packages of the original. What is a relative link already, like that to our own workspace and to the commands in `.bin`,
 * is made anew, so that it leads to the copy: otherwise the servers would be started without the bug.
 */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (ownFolders.has(name)) continue;
    if (name === '.bin') await linkPackages(source, target);
    else if ((await lstat(source)).isSymbolicLink()) await symlink(relativeLink(source, await readlink(source)), target);
    else await symlink(source, target);
  }
}

function relativeLink(source: string, target: string): string {
  if (isAbsolute(target)) throw new Error(`${source} is an absolute link, which would lead out of the copy`);
  return target;
}
