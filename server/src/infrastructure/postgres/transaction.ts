import type { PoolClient } from 'pg';

/** Runs `work`, which ends with COMMIT; when it fails, nothing of it has happened. Gives the connection back. */
export async function inTransaction<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  let broken: Error | undefined;
  try {
    return await work();
  } catch (error) {
    // A connection on which even ROLLBACK fails is thrown away.
    await client.query('ROLLBACK').catch((rollbackError: Error) => (broken = rollbackError));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The database's clock, in microseconds. Read after the locks: a later holder of a lock never writes an earlier time. */
export async function readClock(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ microseconds: number }>({
    name: 'desk-clock',
    text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS microseconds',
  });
  return rows[0]?.microseconds ?? Number.NaN;
}
