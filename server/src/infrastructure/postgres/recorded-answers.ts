import type { PoolClient } from 'pg';
import type { IdempotencyGuard, RecordedAnswer } from '../../application/ports.ts';
import { allSettledOrThrow } from './desk-rows.ts';

/** A key is honoured for 24 hours; an older one is forgotten here, so that it can be recorded anew. */
export async function findAnswers(client: PoolClient, guards: IdempotencyGuard[]): Promise<RecordedAnswer[]> {
  if (guards.length === 0) return [];
  const values = [guards.map(({ callerId }) => callerId), guards.map(({ key }) => key)];
  const [, found] = await allSettledOrThrow([
    client.query({
      name: 'desk-forget-answers',
      text: `
        DELETE FROM idempotency_keys k USING unnest($1::uuid[], $2::text[]) AS g (caller_id, key)
        WHERE k.caller_id = g.caller_id AND k.key = g.key AND k.created_at < now() - interval '24 hours'`,
      values,
    }),
    client.query<RecordedAnswer>({
      name: 'desk-find-answers',
      text: `
        SELECT DISTINCT ON (k.caller_id, k.key) k.caller_id AS "callerId", k.key, k.request_hash AS "requestHash", k.answer
        FROM unnest($1::uuid[], $2::text[]) AS g (caller_id, key)
        JOIN idempotency_keys k ON k.caller_id = g.caller_id AND k.key = g.key`,
      values,
    }),
  ] as const);
  return found.rows;
}

export function saveAnswers(client: PoolClient, answers: RecordedAnswer[], now: Date): Promise<unknown>[] {
  if (answers.length === 0) return [];
  return [
    client.query({
      name: 'desk-save-answers',
      text: `
        INSERT INTO idempotency_keys (caller_id, key, request_hash, answer, created_at)
        SELECT caller_id, key, request_hash, answer, $5
        FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::jsonb[]) AS a (caller_id, key, request_hash, answer)`,
      values: [
        answers.map(({ callerId }) => callerId),
        answers.map(({ key }) => key),
        answers.map(({ requestHash }) => requestHash),
        answers.map(({ answer }) => JSON.stringify(answer)),
        now,
      ],
    }),
  ];
}
