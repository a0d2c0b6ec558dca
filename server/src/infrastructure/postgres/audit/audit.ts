import type { ClientBase, Pool } from 'pg';
import type { AuditReport, CheckResult } from '../../../application/ports.ts';
import { moneyChecks } from './money-checks.ts';
import { orderChecks } from './order-checks.ts';
import { stockAndCouponChecks } from './stock-and-coupon-checks.ts';

/** One invariant. */
export interface AuditCheck {
  name: string;
  /** What must hold, in one sentence. */
  holds: string;
  /** A query with one row for each thing checked: `id`, and `difference`, a text that is null where all is well. */
  rows: string;
}

export const auditChecks: readonly AuditCheck[] = [...moneyChecks, ...stockAndCouponChecks, ...orderChecks];

/** Differences listed for one check; the count beside them is of all. */
const listedMax = 20;

/** Checks of a large shop take their time. Of a longer one Node.js would make none at all. */
const unlimited = { query_timeout: 2 ** 31 - 1 };

type OnCheck = (result: CheckResult, done: number, total: number) => void;

/**
 * Checks every invariant on one consistent snapshot, while sales go on: a read-only REPEATABLE READ transaction locks nothing. The
 * database does the sums, so memory here stays small however many rows there are. `onCheck` is told each result as it comes.
 */
export async function audit(pool: Pool, onCheck: OnCheck): Promise<AuditReport> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0');
    return await runChecks(client, onCheck);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** Runs the checks in the client's own transaction. */
export async function runChecks(client: ClientBase, onCheck: OnCheck): Promise<AuditReport> {
  const checks: CheckResult[] = [];
  for (const { name, holds, rows: query } of auditChecks) {
    const startedMs = performance.now();
    const { rows } = await client.query<{ checked: string; wrong: string; listed: CheckResult['differences'] | null }>({
      ...unlimited,
      text: `SELECT count(*) AS checked, count(difference) AS wrong,
              (array_agg(json_build_object('id', id, 'difference', difference)) FILTER (WHERE nth <= ${listedMax}))::json[] AS listed
       FROM (SELECT id, difference, CASE WHEN difference IS NOT NULL THEN row_number() OVER (PARTITION BY difference IS NULL) END AS nth
             FROM (${query}) AS compared) AS numbered`,
    });
    const [{ checked, wrong, listed } = { checked: 0, wrong: 0, listed: null }] = rows;
    const tookMs = Math.round(performance.now() - startedMs);
    const result = { name, holds, checked: Number(checked), wrong: Number(wrong), differences: listed ?? [], tookMs };
    checks.push(result);
    onCheck(result, checks.length, auditChecks.length);
  }
  return { clean: checks.every(({ wrong }) => wrong === 0), checks };
}
