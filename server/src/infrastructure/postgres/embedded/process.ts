/** Runs the programs around the embedded PostgreSQL: under the right account, and never without an end. */
import { spawn, type StdioOptions } from 'node:child_process';
import path from 'node:path';

/** What stopped the embedded PostgreSQL, in one line that also says what to do. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError';
}

/** An operating system account; null stands for the one this process has. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

export interface RunOptions {
  account: Account | null;
  timeoutSeconds: number;
  dataFolder?: string;
  /** File descriptor that takes the output, for programs that leave a server behind. */
  outputTo?: number;
  /** A session of its own keeps the Ctrl-C of the terminal away from the program. */
  ownSession?: boolean;
}

export interface Outcome {
  /** Exit code; null when the program could not run or was ended for lack of time. */
  code: number | null;
  output: string;
}

const ON_WINDOWS = process.platform === 'win32';
const KEPT_VARIABLES = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'SystemDrive', 'windir', 'COMSPEC', 'PATHEXT'];

/**
 * Runs a program to its end and collects what it prints.
 *
 * Takes the program, its arguments and how to run it; gives the exit code and the output, also for a
 * program that cannot be started or that needs more than `timeoutSeconds` (it is killed). Never throws.
 */
export function run(program: string, args: string[], options: RunOptions): Promise<Outcome> {
  const target = options.outputTo ?? 'pipe';
  const stdio: StdioOptions = ['ignore', target, target];
  const identity = options.account === null ? {} : { uid: options.account.uid, gid: options.account.gid };
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio,
      ...identity,
      // The current folder may be gone or closed to the other account, the root folder never is.
      cwd: path.parse(process.execPath).root,
      env: environment(options.dataFolder),
      detached: options.ownSession === true && !ON_WINDOWS,
      windowsHide: true,
    });
    let output = '';
    const collect = (text: Buffer): void => {
      output += text.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const timer = setTimeout(() => {
      output += ` (no answer within ${options.timeoutSeconds} seconds)`;
      child.kill('SIGKILL');
      // Whatever the program left behind may hold the pipes open, so they are closed here.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, options.timeoutSeconds * 1000);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: null, output: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

/**
 * Squeezes text into one line.
 *
 * Takes any text; gives its last `limit` characters with every run of white space as one space.
 */
export function oneLine(text: string, limit = 600): string {
  const squeezed = text.replaceAll(/\s+/g, ' ').trim();
  return squeezed.length > limit ? `...${squeezed.slice(-limit)}` : squeezed;
}

/** The caller's secrets, PG* variables and library paths are not passed on; C makes messages English. */
function environment(dataFolder: string | undefined): Record<string, string> {
  const result: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of KEPT_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) {
      result[name] = value;
    }
  }
  if (!ON_WINDOWS) {
    // A service manager may leave out the folders in which useradd and sh live.
    result['PATH'] = [result['PATH'], '/usr/sbin:/usr/bin:/sbin:/bin'].filter(Boolean).join(':');
  }
  if (dataFolder !== undefined) {
    // As a variable, because pg_ctl hands -D through a shell, which trips over $ and quotes in a path.
    result['PGDATA'] = dataFolder;
  }
  return result;
}
