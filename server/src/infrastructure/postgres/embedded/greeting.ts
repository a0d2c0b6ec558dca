/** Talks to a running embedded PostgreSQL: does it know our password, and does it have our database? */
import { SUPERUSER, type Cluster } from './cluster.ts';
import { withConnection } from './connection.ts';
import { errorCode } from './files.ts';
import { EmbeddedPostgresError } from './process.ts';

const DATABASE = 'openrun';
const WRONG_PASSWORD = '28P01';
const NO_SUCH_DATABASE = '3D000';

/** Gives the address, with user and password, at which the cluster answers on a port. */
export function connectionString(cluster: Cluster, port: number, database = DATABASE): string {
  return `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

/**
 * Connects once to the database, which is created when missing.
 *
 * Takes the cluster and the port; gives null when it answered, else what stood in the way and may pass.
 * Refuses with EmbeddedPostgresError when the server does not accept our password.
 */
export async function greet(cluster: Cluster, port: number): Promise<string | null> {
  try {
    await ask(connectionString(cluster, port), 'SELECT 1');
    return null;
  } catch (error) {
    if (errorCode(error) === WRONG_PASSWORD) {
      throw new EmbeddedPostgresError(
        `The database in ${cluster.folder} does not accept the password kept beside ${cluster.logFile}: ` +
          'restore the file postgres-password that belongs to it.',
      );
    }
    if (errorCode(error) !== NO_SUCH_DATABASE) {
      return error instanceof Error ? error.message || errorCode(error) : String(error);
    }
  }
  try {
    // Of two processes that create it at once one fails, and finds it on the next try.
    await ask(connectionString(cluster, port, 'postgres'), `CREATE DATABASE ${DATABASE}`);
    return await greet(cluster, port);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) {
      throw error;
    }
    return error instanceof Error ? error.message : String(error);
  }
}

async function ask(address: string, statement: string): Promise<void> {
  await withConnection(address, (client) => client.query(statement));
}
