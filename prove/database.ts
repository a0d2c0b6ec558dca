import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool, type QueryResultRow } from 'pg';
import { startEmbeddedPostgres } from '../server/src/infrastructure/postgres/embedded/embedded-postgres.ts';
import { freePort } from '../server/src/infrastructure/postgres/embedded/free-port.ts';

export interface DatabaseOptions {
  /** An existing or new folder, which is left there; unset: a temporary one, removed at the end. */
  dataDir?: string;
  /** Further PostgreSQL settings, such as max_connections. Durability stays at its defaults unless changed here. */
  settings?: Record<string, string>;
}

/** A real PostgreSQL server that can be killed and started again at the same address. */
export class ProvingDatabase {
  readonly #options: DatabaseOptions & { dataDir: string };
  readonly #port: number;
  readonly #temporary: boolean;
  #connectionString = '';
  #pid = 0;
  #stop: (() => Promise<void>) | undefined;
  #pool: Pool | undefined;

  private constructor(options: DatabaseOptions & { dataDir: string }, port: number, temporary: boolean) {
    this.#options = options;
    this.#port = port;
    this.#temporary = temporary;
  }

  static async start(options: DatabaseOptions = {}): Promise<ProvingDatabase> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'openrun-prove-')));
    const database = new ProvingDatabase({ ...options, dataDir }, await freePort(), options.dataDir === undefined);
    await database.start();
    return database;
  }

  get connectionString(): string {
    return this.#connectionString;
  }

  get dataDir(): string {
    return this.#options.dataDir;
  }

  /** Process id of the postmaster, whose children are the sessions. */
  get pid(): number {
    return this.#pid;
  }

  get running(): boolean {
    return this.#stop !== undefined;
  }

  /** For fixtures and checks; its queries fail while the server is down. */
  get pool(): Pool {
    this.#pool ??= new Pool({ connectionString: this.#connectionString, max: 4, application_name: 'prove' }).on('error', () => {});
    return this.#pool;
  }

  async rows<T extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>(sql, values)).rows;
  }

  /** Starts it, after a stop or a kill with crash recovery, at the port that it had before. */
  async start(): Promise<void> {
    const { dataDir, settings } = this.#options;
    const postgres = await startEmbeddedPostgres({ dataDir, settings: { ...settings, port: String(this.#port) } });
    this.#connectionString = postgres.connectionString;
    const client = new Client({ connectionString: postgres.connectionString });
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number }>(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`);
      this.#pid = rows[0]?.pid ?? 0;
    } finally {
      await client.end();
    }
    this.#stop = () => postgres.stop();
  }

  /** SIGKILL to the postmaster, as a crash of the machine would end it; its sessions end themselves. Resolves when nobody answers any more. */
  async kill(): Promise<void> {
    this.#stop = undefined;
    process.kill(this.#pid, 'SIGKILL');
    while (await answers(this.#connectionString)) await sleep(5);
  }

  /** In order, ending all sessions (a fast shutdown). */
  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  /** Ends everything, and removes a temporary data folder. */
  async close(): Promise<void> {
    await this.#pool?.end();
    if (!this.running && this.#connectionString !== '') await this.start();
    await this.stop();
    if (this.#temporary) await rm(this.dataDir, { recursive: true, force: true });
  }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 1_000 }).on('error', () => {});
  return client.connect().then(
    async () => {
      await client.end();
      return true;
    },
    () => false,
  );
}

