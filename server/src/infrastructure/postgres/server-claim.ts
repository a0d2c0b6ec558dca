import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { withConnection } from './embedded/connection.ts';

/** Any number will do that nothing else in the database uses as an advisory lock. */
const claimKey = 0x6f70656e;

export interface ServerClaim {
  release(): Promise<void>;
}

/**
 * Claims an embedded database for one server: an advisory lock held by a connection of its own, which PostgreSQL gives up by itself
 * when the process dies. Gives undefined when another living server has it.
 */
export async function claimServer(connectionString: string): Promise<ServerClaim | undefined> {
  const client = new Client({ connectionString, application_name: 'openrun server' });
  client.on('error', () => {});
  await client.connect();
  // A server that was just killed may still be on its way out of PostgreSQL.
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const { rows } = await client.query<{ claimed: boolean }>('SELECT pg_try_advisory_lock($1) AS claimed', [claimKey]);
    if (rows[0]?.claimed) return { release: () => client.end() };
    await sleep(200);
  }
  await client.end();
  return undefined;
}

/** Whether anyone else is connected to the database: whoever started PostgreSQL must then leave it running. */
export async function othersConnected(connectionString: string): Promise<boolean> {
  const { rows } = await withConnection(connectionString, (client) =>
    client.query<{ others: number }>(
      `SELECT count(*)::int AS others FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    ),
  );
  return (rows[0]?.others ?? 0) > 0;
}
