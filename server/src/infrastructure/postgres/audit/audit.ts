import type { ClientBase, Pool } from 'pg';
import type { AuditProgress, AuditReport, CheckResult } from '../../../application/ports.ts';
import { moneyChecks } from './money-checks.ts';
import { orderChecks } from './order-checks.ts';
import { referenceChecks } from './reference-checks.ts';
import { stockAndCouponChecks } from './stock-and-coupon-checks.ts';

/** One invariant. */
export interface AuditCheck {
  name: string;
  /** What must hold, in one sentence. */
  holds: string;
  /** A query with one row for each thing checked: `id`, and `difference`, a text that is null where all is well. */
  rows: string;
}

export const auditChecks: readonly AuditCheck[] = [...moneyChecks, ...stockAndCouponChecks, ...orderChecks, ...referenceChecks];

/** Differences listed for one check; the count beside them is of all. */
export const listedMax = 20;

/** Checks of a large shop take their time. Of a longer one Node.js would make none at all. */
const unlimited = { query_timeout: 2 ** 31 - 1 };

/**
 * For this transaction only. No limit of time ends it, whatever the server or the account sets. Sums and joins of whole tables want hashes in
 * memory, and no compilation. One process at a time reads, so that the audit takes at most one processor from the sales beside it.
 */
const settings = {
  statement_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  work_mem: '64MB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
};

/**
 * Checks every invariant on one consistent snapshot, while sales go on: a read-only REPEATABLE READ transaction locks no row and has no
 * transaction id, so nothing waits for it. The database does the sums, so memory here stays small however many rows there are. `progress`
 * is told when a check begins, and its result.
 */
export async function audit(pool: Pool, progress: AuditProgress = {}): Promise<AuditReport> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // The older versions do not know all of them.
    await client.query('SELECT set_config(name, $1::json->>name, true) FROM pg_settings WHERE name IN (SELECT json_object_keys($1::json))', [
      JSON.stringify(settings),
    ]);
    return await runChecks(client, progress);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** Runs the checks in the client's own transaction. */
export async function runChecks(client: ClientBase, { onBegin, onResult }: AuditProgress = {}): Promise<AuditReport> {
  const checks: CheckResult[] = [];
  for (const check of auditChecks) {
    onBegin?.(check.name, checks.length + 1, auditChecks.length);
    const result = await runCheck(client, check);
    checks.push(result);
    onResult?.(result);
  }
  return { clean: checks.every(({ wrong }) => wrong === 0), checks };
}

async function runCheck(client: ClientBase, { name, holds, rows: compared }: AuditCheck): Promise<CheckResult> {
  const startedMs = performance.now();
  const { rows } = await client.query<{ checked: string; wrong: string }>({
    ...unlimited,
    text: `SELECT count(*) AS checked, count(difference) AS wrong FROM (${compared}) AS compared`,
  });
  const [checked, wrong] = [Number(rows[0]?.checked), Number(rows[0]?.wrong)];
  // Nearly always there is nothing to list, and to count is all that is needed.
  const differences = wrong === 0 ? [] : await listDifferences(client, compared);
  return { name, holds, checked, wrong, differences, tookMs: Math.round(performance.now() - startedMs) };
}

async function listDifferences(client: ClientBase, compared: string): Promise<CheckResult['differences']> {
  const { rows } = await client.query<CheckResult['differences'][number]>({
    ...unlimited,
    text: `SELECT id::text, difference FROM (${compared}) AS compared WHERE difference IS NOT NULL ORDER BY id LIMIT ${listedMax}`,
  });
  return rows;
}
