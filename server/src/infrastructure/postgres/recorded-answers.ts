import type { IdempotencyGuard, RecordedAnswer } from '../../application/ports.ts';
import { arrayParameter } from './array-parameters.ts';
import type { Statements } from './packet.ts';
import { insertAll } from './set-statements.ts';

/** What is recorded under the callers' keys. A key is honoured for 24 hours; what is older is to be forgotten before it is recorded anew. */
export interface KnownAnswers {
  recorded: RecordedAnswer[];
  expired: IdempotencyGuard[];
}

const keysOf = (guards: IdempotencyGuard[]): Buffer[] => [
  arrayParameter('uuid', guards.map(({ callerId }) => callerId)),
  arrayParameter('text', guards.map(({ key }) => key)),
];

/**
 * In any order, once for each guard that names the key. What is found holds still: see the locks in `deskStore`.
 *
 * The subquery keeps the table behind the keys that are asked for. As a plain join, planned while the table was empty, the statement read all
 * of it each time, until its statistics were renewed.
 */
export async function findAnswers(statements: Statements, guards: IdempotencyGuard[]): Promise<KnownAnswers> {
  if (guards.length === 0) return { recorded: [], expired: [] };
  const { rows } = await statements.query<RecordedAnswer & { expired: boolean }>({
    name: 'desk-find-answers',
    text: `
      SELECT known.*
      FROM unnest($1::uuid[], $2::text[]) AS g (caller_id, key), LATERAL (
        SELECT k.caller_id AS "callerId", k.key, k.request_hash AS "requestHash", k.answer, k.created_at < now() - interval '24 hours' AS expired
        FROM idempotency_keys k WHERE k.caller_id = g.caller_id AND k.key = g.key OFFSET 0
      ) AS known`,
    values: keysOf(guards),
  });
  return { recorded: rows.filter(({ expired }) => !expired), expired: rows.filter(({ expired }) => expired) };
}

/** Sent before what is recorded anew. */
export function forgetAnswers(statements: Statements, expired: IdempotencyGuard[]): Promise<unknown>[] {
  if (expired.length === 0) return [];
  return [
    statements.query({
      name: 'desk-forget-answers',
      text: `
        DELETE FROM idempotency_keys k USING unnest($1::uuid[], $2::text[]) AS g (caller_id, key)
        WHERE k.caller_id = g.caller_id AND k.key = g.key AND k.created_at < now() - interval '24 hours'`,
      values: keysOf(expired),
    }),
  ];
}

export const insertAnswers = insertAll<RecordedAnswer & { now: Date }>('idempotency_keys', {
  caller_id: ['uuid', (a) => a.callerId],
  key: ['text', (a) => a.key],
  request_hash: ['bytea', (a) => a.requestHash],
  answer: ['jsonb', (a) => JSON.stringify(a.answer)],
  created_at: ['timestamptz', (a) => a.now],
});
