/** Decides which operating system account runs the embedded PostgreSQL, which refuses to run as root. */
import { readFile } from 'node:fs/promises';
import { EmbeddedPostgresError, oneLine, run, type Account } from './process.ts';

const SYSTEM_USER = 'postgres';
const NAME_IS_TAKEN_BY_GROUP = 9;

/** Gives true when this process runs as root; always false on Windows. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Finds the account for a new cluster.
 *
 * Takes the name of the system user; gives null (stay as we are) unless we are root, else that user,
 * which is created when missing. Refuses with EmbeddedPostgresError when it cannot be created.
 */
export async function accountForNewCluster(name = SYSTEM_USER): Promise<Account | null> {
  if (!isRoot()) {
    return null;
  }
  return (await lookUp(name)) ?? (await createSystemUser(name));
}

/**
 * Asks, as that account itself, whether it may use a path.
 *
 * Takes the account, the path and the right asked for (r, w or x); gives the answer. Guessing from file
 * modes would miss parent folders, access lists and read-only mounts.
 */
export async function mayUse(account: Account | null, right: 'r' | 'w' | 'x', target: string): Promise<boolean> {
  // The path travels as an argument, so that nothing in it is read as shell text.
  const outcome = await run('/bin/sh', ['-c', `test -${right} "$1"`, 'sh', target], { account, timeoutSeconds: 10 });
  if (outcome.code === null) {
    throw new EmbeddedPostgresError(
      `Cannot act as the user ${account?.name ?? 'of this process'} (${oneLine(outcome.output)}): ` +
        'start Openrun as an ordinary user, or allow root to change users here.',
    );
  }
  return outcome.code === 0;
}

async function lookUp(name: string): Promise<Account | null> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && uid !== undefined && gid !== undefined) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return null;
}

async function createSystemUser(name: string): Promise<Account> {
  const common = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  // Debian, Red Hat and most others; a left-over group of the same name is taken over; then Alpine.
  const useradd = await attempt('useradd', [...common, '--user-group', name]);
  if (useradd.code === NAME_IS_TAKEN_BY_GROUP) {
    await attempt('useradd', [...common, '--gid', name, name]);
  } else if (useradd.code === null) {
    await attempt('adduser', ['-S', '-D', '-H', '-h', '/nonexistent', '-s', '/sbin/nologin', name]);
  }
  // Looked up rather than trusted: another process may have created the user at the same moment.
  const account = await lookUp(name);
  if (account === null) {
    throw new EmbeddedPostgresError(
      `PostgreSQL refuses to run as root and the system user "${name}" could not be created ` +
        `(${oneLine(useradd.output)}): start Openrun as an ordinary user, or create that user.`,
    );
  }
  return account;
}

function attempt(program: string, args: string[]): ReturnType<typeof run> {
  return run(program, args, { account: null, timeoutSeconds: 30 });
}
