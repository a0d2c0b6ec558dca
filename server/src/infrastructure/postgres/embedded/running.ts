/** Tells whether the server of a cluster runs, and clears lock files that name another process. */
import { randomBytes } from 'node:crypto';
import { link, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { programPath } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { readIfThere } from './files.ts';
import { EmbeddedPostgresError, oneLine, run } from './process.ts';

export interface RunningServer {
  pid: number;
  /** Null while the server has not yet written down its port. */
  port: number | null;
}

/** Exit codes of pg_ctl status; any other means that no server runs. */
const RUNS = 0;
const LOCK_FILE_UNREADABLE = 1;
/** A server writes its lock file at once; one that is empty for longer is a remnant. */
const WRITING_MILLISECONDS = 5000;
const PORT_LINE = 3;

/**
 * Finds the running server of a cluster.
 *
 * Takes the cluster; gives its process id and port, or null when none runs. A lock file left by a machine
 * stop, whose process id now belongs to an unrelated process, is set aside: PostgreSQL would refuse to start.
 */
export async function runningServer(cluster: Cluster): Promise<RunningServer | null> {
  const status = await run(programPath(cluster.binaries, 'pg_ctl'), ['status'], {
    account: cluster.account,
    dataFolder: cluster.folder,
    timeoutSeconds: 20,
  });
  if (status.code === null) {
    throw new EmbeddedPostgresError(`pg_ctl cannot be run (${oneLine(status.output)}): reinstall the packages with "npm install".`);
  }
  const lockFile = path.join(cluster.folder, 'postmaster.pid');
  const lock = status.code === RUNS || status.code === LOCK_FILE_UNREADABLE ? await readIfThere(lockFile) : null;
  if (lock === null) {
    return null;
  }
  const lines = lock.split('\n');
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10)) || 0;
  const genuine = status.code === RUNS ? await isServerOf(cluster.folder, pid) : await isFresh(lockFile);
  if (!genuine) {
    await setAside(lockFile, lock);
    return null;
  }
  return { pid, port: Number(lines[PORT_LINE]) || null };
}

/** Tells a server of this very folder from a process that happens to have its old process id. */
async function isServerOf(folder: string, pid: number): Promise<boolean> {
  if (process.platform === 'win32') {
    // There pg_ctl asks the process itself, over a pipe only PostgreSQL has.
    return true;
  }
  if (process.platform !== 'linux') {
    const { code, output } = await run('ps', ['-o', 'comm=', '-p', String(pid)], { account: null, timeoutSeconds: 10 });
    return code !== 0 || path.basename(output.trim()) === 'postgres';
  }
  try {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8');
    // A server makes its data folder its current folder. Where that cannot be read the name decides.
    const home = await realpath(folder);
    return name.trim() === 'postgres' && (await readlink(`/proc/${pid}/cwd`).catch(() => home)) === home;
  } catch {
    // The process ended meanwhile, or there is no /proc: the file is left for PostgreSQL to judge.
    return true;
  }
}

async function isFresh(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file);
  return Math.abs(Date.now() - mtimeMs) < WRITING_MILLISECONDS;
}

/** Another start may have replaced the file since it was read; then it is put back. */
async function setAside(file: string, judged: string): Promise<void> {
  const aside = `${file}-${randomBytes(6).toString('hex')}`;
  try {
    await rename(file, aside);
    if ((await readIfThere(aside)) !== judged) {
      // Without its lock file for a moment, the data is still guarded by PostgreSQL's shared memory segment.
      await link(aside, file);
    }
  } catch {
    // Gone or replaced already: the next look decides anew.
  } finally {
    await rm(aside, { force: true });
  }
}
