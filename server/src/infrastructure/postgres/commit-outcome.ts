import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';

const askAgainMs = 50;

/**
 * A transaction's id means something only in the history of the server that gave it out: another cluster counts for itself; a replica that
 * is promoted gives out ids anew that it had not heard of, and begins a new timeline; and so does a server that recovers from a crash,
 * with ids whose transactions had not reached its log. The last is told by the time of its start, and by that of its statistics, which
 * a recovery resets also where only a session was killed and the server's first process went on.
 */
const history = `concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
  pg_postmaster_start_time(), (SELECT stats_reset FROM pg_stat_bgwriter))`;
const histories = new WeakMap<PoolClient, Promise<string | undefined>>();

/** Asks once for each connection, along with its first statements, which history its transactions belong to. */
export function learnHistory(client: PoolClient): void {
  if (histories.has(client)) return;
  const asked = client.query<{ history: string }>(`SELECT ${history} AS history`);
  histories.set(client, asked.then(({ rows }) => rows[0]?.history, () => undefined));
}

/**
 * Whether a transaction is known to have been committed, asked on another connection after its own (`client`) broke. Asks until the
 * database is back and the transaction has ended, but only as long as one waits for a connection; then the answer is no, and the
 * truth is unknown.
 */
export async function wasCommitted(pool: Pool, client: PoolClient, transactionId: string): Promise<boolean> {
  const own = await histories.get(client);
  if (own === undefined) return false;
  const deadline = performance.now() + (pool.options.connectionTimeoutMillis ?? 0);
  while (performance.now() < deadline) {
    const found = await findOutcome(pool, transactionId);
    if (found && (found.history !== own || found.status !== 'in progress')) return found.history === own && found.status === 'committed';
    await sleep(askAgainMs);
  }
  return false;
}

/** Gives undefined while the database cannot be asked. */
async function findOutcome(pool: Pool, transactionId: string): Promise<{ status: string; history: string } | undefined> {
  try {
    const { rows } = await pool.query<{ status: string; history: string }>(`SELECT pg_xact_status($1::xid8) AS status, ${history} AS history`, [transactionId]);
    return rows[0];
  } catch {
    return undefined;
  }
}
