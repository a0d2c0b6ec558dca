/** Starts, adopts and stops the PostgreSQL server that comes with Openrun. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from './binaries.ts';
import { prepareCluster, type Cluster } from './cluster.ts';
import { connectionString, greet } from './greeting.ts';
import { logTail, openLog } from './log.ts';
import { makeLogAhead } from './log-ahead.ts';
import { EmbeddedPostgresError, oneLine, run } from './process.ts';
import { runningServer } from './running.ts';
import { freePort } from './free-port.ts';

export { EmbeddedPostgresError };

export interface EmbeddedPostgres {
  /** postgres://openrun:<password>@127.0.0.1:<port>/openrun */
  connectionString: string;
  /** False when a running server was adopted. */
  startedHere: boolean;
  /** Has 512 MB of the log's files made, so that no commit of a rush waits for that; may be ended early. Rejects where the server ends. */
  makeLogAhead(ended?: AbortSignal): Promise<void>;
  /** Ends the server in order, also an adopted one, and whoever else uses it; may be called twice. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** Further PostgreSQL settings for this start, such as fsync=off in tests; an adopted server keeps its own. */
  settings?: Record<string, string>;
}

/** Crash recovery may take long; what takes longer goes on, and the next start adopts it. */
const RECOVERY_SECONDS = 120;
const DEADLINE_SECONDS = 180;
const STOP_SECONDS = 120;
const PAUSE_MILLISECONDS = 200;

/** Reasons in the log that pass by themselves: the port was taken, another start won, old processes linger. */
const PASSING_REASONS = /Address already in use|lock file "[^"]*" (?:already exists|is empty)|shared memory block|did not start in time/;

/**
 * Starts the PostgreSQL server of a data folder, or adopts the one that already runs.
 *
 * Takes the data folder, made when missing, and further settings; gives the connection string of a server
 * that has answered. Refuses with EmbeddedPostgresError, whose one line says what is wrong and what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const cluster = await prepareCluster(path.resolve(options.dataDir));
    return await bringUp(cluster, serverOptions(options.settings ?? {}));
  } catch (error) {
    throw asEmbeddedPostgresError(error, options.dataDir);
  }
}

async function bringUp(cluster: Cluster, fixedOptions: string): Promise<EmbeddedPostgres> {
  const deadline = Date.now() + DEADLINE_SECONDS * 1000;
  let startedHere = false;
  let reason = 'it does not stay up';
  while (Date.now() < deadline) {
    const server = await runningServer(cluster);
    if (server === null) {
      startedHere = await launch(cluster, fixedOptions);
      if (startedHere) {
        continue;
      }
    } else if (server.port !== null) {
      const obstacle = await greet(cluster, server.port);
      if (obstacle === null) {
        return reached(cluster, server.pid, connectionString(cluster, server.port), startedHere);
      }
      reason = obstacle;
    }
    // Another process is starting it, it is recovering, or it is on its way down.
    await sleep(PAUSE_MILLISECONDS);
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL did not answer within ${DEADLINE_SECONDS} seconds (${oneLine(`${reason}; ${await logTail(cluster)}`)}): ` +
      `see ${cluster.logFile}, then start again.`,
  );
}

function reached(cluster: Cluster, pid: number, address: string, startedHere: boolean): EmbeddedPostgres {
  return {
    connectionString: address,
    startedHere,
    makeLogAhead: (ended) => makeLogAhead(address, cluster.folder, ended),
    stop: stopper(cluster, pid),
  };
}

/** Gives true when this call started the server, false when another try may succeed. */
async function launch(cluster: Cluster, fixedOptions: string): Promise<boolean> {
  const port = await freePort();
  const log = await openLog(cluster);
  try {
    const { size } = await log.stat();
    // The server keeps its output for life, so that is the log file and never a pipe of this process.
    const { code, output } = await run(
      programPath(cluster.binaries, 'pg_ctl'),
      ['start', '-s', '-w', '-t', String(RECOVERY_SECONDS), '-o', `-p ${port} ${fixedOptions}`],
      {
        account: cluster.account,
        dataFolder: cluster.folder,
        timeoutSeconds: RECOVERY_SECONDS + 15,
        outputTo: log.fd,
        // Ctrl-C must reach neither pg_ctl, which would take the server down, nor the server.
        ownSession: true,
      },
    );
    if (code === 0) {
      return true;
    }
    const said = await logTail(cluster, size);
    if (PASSING_REASONS.test(said) || (await runningServer(cluster)) !== null) {
      return false;
    }
    throw new EmbeddedPostgresError(`PostgreSQL did not start (${oneLine(`${said} ${output}`)}): correct that, then start again; its log is ${cluster.logFile}.`);
  } finally {
    await log.close();
  }
}

function stopper(cluster: Cluster, pid: number): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  return () => {
    stopping ??= stopServer(cluster, pid).catch((error: unknown) => {
      // A failed stop may be tried again.
      stopping = null;
      throw error;
    });
    return stopping;
  };
}

async function stopServer(cluster: Cluster, pid: number): Promise<void> {
  // A server that someone else started in the meantime is not ours to stop.
  if ((await runningServer(cluster))?.pid !== pid) {
    return;
  }
  const { output } = await run(programPath(cluster.binaries, 'pg_ctl'), ['stop', '-s', '-m', 'fast', '-w', '-t', String(STOP_SECONDS)], {
    account: cluster.account,
    dataFolder: cluster.folder,
    timeoutSeconds: STOP_SECONDS + 15,
    ownSession: true,
  });
  if ((await runningServer(cluster))?.pid === pid) {
    throw new EmbeddedPostgresError(
      `PostgreSQL (process ${pid}) did not stop (${oneLine(`${output} ${await logTail(cluster)}`)}): ` +
        'it goes on stopping by itself; nothing is lost when the machine is switched off.',
    );
  }
}

/** Only the loopback address is served; socket files are left out because their paths must be short. */
function serverOptions(settings: Record<string, string>): string {
  const all = { ...settings, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  return Object.entries(all)
    .map(([name, value]) => {
      if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || /["\n]/.test(value)) {
        throw new EmbeddedPostgresError(`The PostgreSQL setting ${oneLine(`${name}=${value}`)} is not allowed: use a plain name, and a value without double quotes.`);
      }
      // pg_ctl hands these through a shell.
      return process.platform === 'win32' ? `-c "${name}=${value}"` : `-c '${name}=${value.replaceAll("'", String.raw`'\''`)}'`;
    })
    .join(' ');
}

function asEmbeddedPostgresError(error: unknown, dataDir: string): EmbeddedPostgresError {
  if (error instanceof EmbeddedPostgresError) {
    return error;
  }
  const reason = oneLine(error instanceof Error ? error.message : String(error));
  return new EmbeddedPostgresError(`The database in ${dataDir} could not be started (${reason}): check that this user may write there.`, { cause: error });
}
