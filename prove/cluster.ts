import { setTimeout as sleep } from 'node:timers/promises';
import { type Exit, type ServerProcess, runCommand, startServer } from '../server/test/server-process.ts';
import { type DatabaseOptions, ProvingDatabase } from './database.ts';

export const authSecret = 'a secret for proving, long enough to sign';

/** How one server is started; what is left out is as in the last start of that server. */
export interface ServerLaunch {
  environment?: Record<string, string>;
  /** Arguments of Node.js itself, such as `--import=file:///...` for a module that is loaded first. */
  nodeArguments?: string[];
  /** Another `openrun.js`, such as that of an older release. */
  program?: string;
}

export interface ClusterOptions {
  servers?: number;
  /** Of every server. */
  environment?: Record<string, string>;
  database?: DatabaseOptions;
}

/** One of the servers: started, ended and started again as a scenario wants it. */
export class ServerSlot {
  readonly index: number;
  /** How it ended without having been asked to. */
  readonly crashes: Exit[] = [];
  readonly #environment: () => Record<string, string>;
  #launch: ServerLaunch = {};
  #process: ServerProcess | undefined;
  #url = '';
  #asked = false;

  constructor(index: number, environment: () => Record<string, string>) {
    this.index = index;
    this.#environment = environment;
  }

  /** Its address, or the last one while it is down. */
  get url(): string {
    return this.#url;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  /** Resolves when it greets. */
  async start(launch: ServerLaunch = {}): Promise<void> {
    this.#launch = { ...this.#launch, ...launch };
    const { environment = {}, nodeArguments = [], program } = this.#launch;
    const nodeOptions = nodeArguments.length > 0 ? { NODE_OPTIONS: nodeArguments.join(' ') } : {};
    const started = await startServer({ ...this.#environment(), ...nodeOptions, ...environment }, program);
    this.#process = started;
    this.#url = started.url;
    this.#asked = false;
    void this.#watch(started);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#end('kill');
  }

  /** SIGTERM; gives how it ended. */
  stop(): Promise<Exit | undefined> {
    return this.#end('stop');
  }

  async #watch(started: ServerProcess): Promise<void> {
    const exit = await started.exited;
    if (this.#process === started) this.#process = undefined;
    if (!this.#asked) this.crashes.push(exit);
  }

  async #end(how: 'kill' | 'stop'): Promise<Exit | undefined> {
    this.#asked = true;
    return this.#process?.[how]();
  }
}

const readyMs = 60_000;
const pauseMs = 100;

async function makeReady(server: ServerSlot): Promise<void> {
  const endsAt = performance.now() + readyMs;
  for (;;) {
    if (!server.running) await server.start();
    const answer = await fetch(`${server.url}/readyz`).catch((error: Error) => error);
    if (answer instanceof Response && answer.ok) return;
    if (performance.now() > endsAt) {
      const why = answer instanceof Response ? `${answer.status} ${await answer.text()}` : (answer.cause as Error | undefined)?.message ?? answer.message;
      throw new Error(`server ${server.index} is not ready after ${readyMs / 1000} seconds: ${why}`);
    }
    await sleep(pauseMs);
  }
}

/** Several server processes on one PostgreSQL. */
export class Cluster {
  readonly database: ProvingDatabase;
  readonly servers: readonly ServerSlot[];
  readonly #environment: Record<string, string>;

  private constructor(database: ProvingDatabase, { servers = 3, environment = {} }: ClusterOptions) {
    this.database = database;
    this.#environment = environment;
    this.servers = Array.from({ length: servers }, (_, index) => new ServerSlot(index, () => this.environment));
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(await ProvingDatabase.start(options.database), options);
    try {
      // The first one migrates: the others need not wait for its lock.
      for (const server of cluster.servers.slice(0, 1)) await server.start();
      await Promise.all(cluster.servers.slice(1).map((server) => server.start()));
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** What every server and command is started with. */
  get environment(): Record<string, string> {
    return {
      DATABASE_URL: this.database.connectionString,
      AUTH_SECRET: authSecret,
      LOG_LEVEL: 'error',
      RATE_LIMIT_ACCOUNT_PER_MINUTE: '1000000000',
      // No hold ends by itself while a record is compared with the database.
      HOLD_MINUTES: '1440',
      ...this.#environment,
    };
  }

  server(index: number): ServerSlot {
    const server = this.servers[index % this.servers.length];
    if (!server) throw new Error('the cluster has no servers');
    return server;
  }

  /** Starts whatever is down, and waits until every server is ready; those that run must become so by themselves. */
  async mend(): Promise<void> {
    if (!this.database.running) await this.database.start();
    await Promise.all(this.servers.map((server) => makeReady(server)));
  }

  /** Runs a command of the program, such as `audit`, on this database. */
  command(args: string[]): Promise<Exit> {
    return runCommand(args, this.environment);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.database.close();
  }
}
