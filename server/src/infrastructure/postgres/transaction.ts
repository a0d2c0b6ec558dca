import type { Pool, PoolClient } from 'pg';
import { type Evidence, learnOrigin, wasCommitted } from './commit-outcome.ts';
import { allSettledOrThrow } from './desk-rows.ts';
import { type Packet, type Statements, inOnePacket } from './packet.ts';

/** A transaction in which everything is decided, and that is about to be stored and committed. */
export interface Decided<T> {
  /** What the transaction is for; given once it is durable. */
  value: T;
  /** By what to find out whether it was committed, where that was not answered. Undefined where there is nothing to be found. */
  evidence: Evidence | undefined;
  /** Gives the packet the statements that store what was decided. */
  sendChanges: (packet: Packet) => Promise<unknown>[];
}

/** Prepared, as all statements of a packet are. */
export const begin = { name: 'BEGIN', text: 'BEGIN' };
const commit = { name: 'COMMIT', text: 'COMMIT' };

/**
 * Runs one transaction: `decide`, which begins it, then its changes and COMMIT in one round trip. When this rejects, nothing of it has
 * happened, unless the connection broke and the database did not come back in time to say so.
 */
export async function inTransaction<T>(pool: Pool, decide: (client: PoolClient) => Promise<Decided<T>>): Promise<T> {
  const client = await pool.connect();
  learnOrigin(client);
  let decided: Decided<T> | undefined;
  let broken: Error | undefined;
  let failure: unknown;
  try {
    decided = await decide(client);
    const { sendChanges } = decided;
    await allSettledOrThrow(inOnePacket(client, (packet) => [...sendChanges(packet), packet.query(commit)]));
    return decided.value;
  } catch (error) {
    failure = error;
    // A connection on which even ROLLBACK fails is thrown away.
    await client.query('ROLLBACK').catch((rollbackError: Error) => (broken = rollbackError));
  } finally {
    client.release(broken);
  }
  if (broken && decided?.evidence && (await wasCommitted(pool, client, decided.evidence))) return decided.value;
  throw failure;
}

/** What the database's clock said in a transaction. */
export interface Clock {
  microseconds: number;
  transactionId: string;
  /** When it was known here, by this process's `performance.now()`. */
  knownMs: number;
}

/** Asks for the clock. To be read after the locks: a later holder of a lock never writes an earlier time. */
export async function readClock(statements: Statements): Promise<Clock> {
  const { rows } = await statements.query<{ microseconds: number; transactionId: string }>({
    name: 'desk-clock',
    text: `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS microseconds, pg_current_xact_id()::text AS "transactionId"`,
  });
  return { microseconds: Number.NaN, transactionId: '', ...rows[0], knownMs: performance.now() };
}
