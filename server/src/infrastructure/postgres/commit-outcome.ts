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
/** A session, as the server lists it while it is open. */
const session = `concat_ws(' ', pid, extract(epoch FROM backend_start))`;

interface Origin {
  history: string;
  session: string;
}
const origins = new WeakMap<PoolClient, Promise<Origin | undefined>>();

/** What tells whether a transaction was committed: its id, or where that was not told before, a row that it wrote. */
export type Evidence = { transactionId: string } | { issuedCouponId: string };

/** Asks once for each connection, along with its first statements, which history its transactions belong to. */
export function learnOrigin(client: PoolClient): void {
  if (origins.has(client)) return;
  const asked = client.query<Origin>(`SELECT ${history} AS history, ${session} AS session FROM pg_stat_activity WHERE pid = pg_backend_pid()`);
  origins.set(client, asked.then(({ rows }) => rows[0], () => undefined));
}

/**
 * Whether a transaction is known to have been committed, asked on another connection after its own (`client`) broke. Asks until the
 * database is back and the transaction has ended, but only as long as one waits for a connection; then the answer is no, and the
 * truth is unknown.
 */
export async function wasCommitted(pool: Pool, client: PoolClient, evidence: Evidence): Promise<boolean> {
  const origin = await origins.get(client);
  if (origin === undefined) return false;
  const deadline = performance.now() + (pool.options.connectionTimeoutMillis ?? 0);
  while (performance.now() < deadline) {
    // Gives nothing while the database cannot be asked.
    const committed = await findOutcome(pool, origin, evidence).catch(() => undefined);
    if (committed !== undefined) return committed;
    await sleep(askAgainMs);
  }
  return false;
}

/** Gives undefined while the transaction may still be under way. */
function findOutcome(pool: Pool, origin: Origin, evidence: Evidence): Promise<boolean | undefined> {
  return 'transactionId' in evidence ? findTransaction(pool, origin, evidence.transactionId) : findIssuedCoupon(pool, origin, evidence.issuedCouponId);
}

async function findTransaction(pool: Pool, origin: Origin, transactionId: string): Promise<boolean | undefined> {
  const { rows: [found] } = await pool.query<{ status: string; history: string }>(
    `SELECT pg_xact_status($1::xid8) AS status, ${history} AS history`, [transactionId],
  );
  if (found?.history !== origin.history) return false;
  return found.status === 'in progress' ? undefined : found.status === 'committed';
}

/** The row is there in every history in which the transaction was committed. Where it is missing, and its session is open, it may be yet to come. */
async function findIssuedCoupon(pool: Pool, origin: Origin, issuedCouponId: string): Promise<boolean | undefined> {
  // Asked first: what a session has committed before it ended is seen by every statement after that.
  const { rowCount: open } = await pool.query(`SELECT FROM pg_stat_activity WHERE ${session} = $1`, [origin.session]);
  const { rowCount: found } = await pool.query('SELECT FROM issued_coupons WHERE id = $1', [issuedCouponId]);
  return found === 1 || (open === 1 ? undefined : false);
}
