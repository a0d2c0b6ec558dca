/** Finds or makes the folder in which the embedded PostgreSQL keeps its data (a cluster). */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { accountForNewCluster, isRoot, mayUse } from './account.ts';
import { makeSharedFolder, prepareBinaries, programPath, SHARED_FOLDER, type Binaries } from './binaries.ts';
import { discardLeftovers, errorCode, makePrivateFolder, readIfThere, syncFolder, temporaryName, writeOnce } from './files.ts';
import { LOG_AHEAD_MIB } from './log-ahead.ts';
import { EmbeddedPostgresError, oneLine, run, type Account } from './process.ts';
import { sharedBuffersMib, usableMemory } from './shared-buffers.ts';

export interface Cluster {
  folder: string;
  /** Account that owns the folder and runs the server; null when it is our own. */
  account: Account | null;
  binaries: Binaries;
  password: string;
  logFile: string;
}

export const SUPERUSER = 'openrun';

/** Written into postgresql.conf when the cluster is made, beside its `shared_buffers`, so that ALTER SYSTEM and edits still win. */
const SERVER_DEFAULTS: Record<string, string> = {
  max_connections: '200',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_wal_size: '2GB',
  // Kept for a rush: see log-ahead.ts.
  min_wal_size: `${LOG_AHEAD_MIB}MB`,
  checkpoint_timeout: '10min',
  checkpoint_completion_target: '0.9',
  log_line_prefix: '%m [%p] ',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Gives the cluster of a data folder, making it on the first start.
 *
 * Takes the absolute data folder. A new cluster is built beside its place and put there by one rename, so
 * an interrupted or a second simultaneous start never leaves half of one. Refuses with
 * EmbeddedPostgresError when the cluster is lost, of another version or of another user.
 */
export async function prepareCluster(dataDir: string): Promise<Cluster> {
  await makePrivateFolder(dataDir);
  const existing = await existingCluster(dataDir);
  const account = existing === null ? await accountForNewCluster() : await ownerOf(existing);
  const password = await passwordOf(dataDir, existing !== null);
  const binaries = await prepareBinaries(account, dataDir);
  const folder = existing ?? (await placeForCluster(dataDir, account));
  const cluster = { folder, account, binaries, password, logFile: path.join(dataDir, 'postgres.log') };
  await discardLeftovers(folder);
  if (!(await isCluster(folder))) {
    await createCluster(cluster);
  }
  if (path.dirname(folder) !== dataDir) {
    await writeOnce(path.join(dataDir, 'postgres-location'), folder);
  }
  await refuseOtherVersion(cluster);
  if (account !== null && !((await canPassThrough(path.dirname(folder), account)) && (await mayUse(account, 'w', folder)))) {
    throw new EmbeddedPostgresError(`The user ${account.name} cannot reach the database in ${folder}: open its parent folders to that user.`);
  }
  return cluster;
}

async function existingCluster(dataDir: string): Promise<string | null> {
  const locationFile = path.join(dataDir, 'postgres-location');
  const written = await readIfThere(locationFile);
  const folder = written ?? path.join(dataDir, 'postgres');
  if (await isCluster(folder)) {
    return folder;
  }
  if (written !== null) {
    // Going on with an empty database would hide the loss.
    throw new EmbeddedPostgresError(`The database in ${folder} (named by ${locationFile}) is missing: restore it, or delete that file to begin anew.`);
  }
  return null;
}

async function isCluster(folder: string): Promise<boolean> {
  return (await readIfThere(path.join(folder, 'PG_VERSION'))) !== null;
}

async function ownerOf(folder: string): Promise<Account | null> {
  const { uid, gid } = await stat(folder);
  if (process.getuid === undefined || (!isRoot() && uid === process.getuid())) {
    return null;
  }
  if (isRoot() && uid !== 0) {
    return { name: `with id ${uid}`, uid, gid };
  }
  throw new EmbeddedPostgresError(
    `The database in ${folder} belongs to the user with id ${uid}: ` +
      (isRoot() ? `give it back with "chown -R postgres '${folder}'".` : 'start Openrun as that user or as root.'),
  );
}

async function passwordOf(dataDir: string, clusterExists: boolean): Promise<string> {
  const file = path.join(dataDir, 'postgres-password');
  const known = await readIfThere(file);
  if (known !== null && known !== '') {
    return known;
  }
  if (known === '' || clusterExists) {
    throw new EmbeddedPostgresError(`The database's password is missing from ${file}: restore that file from a backup.`);
  }
  return writeOnce(file, randomBytes(24).toString('hex'));
}

async function placeForCluster(dataDir: string, account: Account | null): Promise<string> {
  if (account === null || (await canPassThrough(dataDir, account))) {
    return path.join(dataDir, 'postgres');
  }
  await makeSharedFolder();
  if (!(await mayUse(account, 'x', SHARED_FOLDER))) {
    throw new EmbeddedPostgresError(`The user ${account.name} can reach neither ${dataDir} nor ${SHARED_FOLDER}: choose a data folder open to that user.`);
  }
  const mark = createHash('sha256').update(await realpath(dataDir)).digest('hex').slice(0, 16);
  return path.join(SHARED_FOLDER, mark);
}

async function canPassThrough(dataDir: string, account: Account): Promise<boolean> {
  if (await mayUse(account, 'x', dataDir)) {
    return true;
  }
  const { uid, mode } = await stat(dataDir);
  const closedByRoot = uid === 0 && (mode & 0o077) === 0;
  if (closedByRoot && (await mayUse(account, 'x', path.dirname(dataDir)))) {
    // The account may pass to its cluster, but neither list nor change the folder, which stays root's.
    await chown(dataDir, 0, account.gid);
    await chmod(dataDir, 0o710);
  }
  // Asked again in any case: a simultaneous start may have opened it, and both must choose the same place.
  return mayUse(account, 'x', dataDir);
}

async function createCluster(cluster: Cluster): Promise<void> {
  const draft = temporaryName(cluster.folder);
  const made = path.join(draft, 'cluster');
  const passwordFile = path.join(draft, 'password');
  try {
    await mkdir(draft, { mode: 0o700 });
    const handle = await open(passwordFile, 'wx', 0o600);
    try {
      await handle.writeFile(`${cluster.password}\n`);
      if (cluster.account !== null) {
        await handle.chown(cluster.account.uid, cluster.account.gid);
        await chown(draft, cluster.account.uid, cluster.account.gid);
      }
    } finally {
      await handle.close();
    }
    const { code, output } = await run(programPath(cluster.binaries, 'initdb'), initdbArguments(made, passwordFile), {
      account: cluster.account,
      timeoutSeconds: 300,
    });
    if (code !== 0) {
      throw new EmbeddedPostgresError(`Making the database in ${cluster.folder} failed (${oneLine(output)}): check free space and permissions, then start again.`);
    }
    await putInPlace(made, cluster.folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function initdbArguments(folder: string, passwordFile: string): string[] {
  const defaults = { ...SERVER_DEFAULTS, shared_buffers: `${sharedBuffersMib(usableMemory())}MB` };
  const settings = Object.entries(defaults).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return [
    '--pgdata', folder, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth=scram-sha-256', '--encoding=UTF8',
    '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...settings,
  ];
}

async function putInPlace(made: string, folder: string): Promise<void> {
  try {
    await rename(made, folder);
    await syncFolder(path.dirname(folder));
  } catch (error) {
    // Another process may have been faster: both used the same password file, so its cluster is as good.
    if (!(await isCluster(folder))) {
      throw new EmbeddedPostgresError(`The database could not be put into ${folder} (${errorCode(error)}): move away what stands there, then start again.`);
    }
  }
}

async function refuseOtherVersion({ folder, binaries }: Cluster): Promise<void> {
  const data = await readIfThere(path.join(folder, 'PG_VERSION'));
  const programs = binaries.version.split('.')[0];
  if (data !== programs) {
    throw new EmbeddedPostgresError(`The database in ${folder} was made by PostgreSQL ${data}, the installed one is ${programs}: install the matching version, or dump and restore.`);
  }
}
