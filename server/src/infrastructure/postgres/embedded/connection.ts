import { Client } from 'pg';

/** Gives `use` a connection of its own to an address, for statements that take at most a minute; closed afterwards, whatever happens. */
export async function withConnection<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: address, connectionTimeoutMillis: 5000, query_timeout: 60_000 });
  // A connection that breaks while idle must not end the process; the statement itself reports the failure.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
