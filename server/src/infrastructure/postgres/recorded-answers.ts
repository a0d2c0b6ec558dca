import { answerOfPlaced } from '../../application/answers.ts';
import type { Answer, IdempotencyGuard, RecordedAnswer } from '../../application/ports.ts';
import { assertInvariant } from '../../domain/refusal.ts';
import { arrayParameter } from './array-parameters.ts';
import { findOrders } from './desk-rows.ts';
import type { Statements } from './packet.ts';
import { insertAll } from './set-statements.ts';

/**
 * A row of the table. A placed order tells its own answer, so only its id is kept; `answer` is then what instances of the release before give,
 * which know no such ids: 503, so that their client tries again.
 */
interface AnswerRow extends IdempotencyGuard {
  answer: Answer;
  orderId: string | null;
}

const notKept = JSON.stringify({ refused: { code: 'UNAVAILABLE', details: {} } } satisfies Answer);

/** What is recorded under the callers' keys. A key is honoured for 24 hours; what is older is to be forgotten before it is recorded anew. */
export interface KnownAnswers {
  recorded: AnswerRow[];
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
  const { rows } = await statements.query<AnswerRow & { expired: boolean }>({
    name: 'desk-find-answers',
    text: `
      SELECT known.*
      FROM unnest($1::uuid[], $2::text[]) AS g (caller_id, key), LATERAL (
        SELECT k.caller_id AS "callerId", k.key, k.request_hash AS "requestHash", k.answer, k.order_id AS "orderId",
               k.created_at < now() - interval '24 hours' AS expired
        FROM idempotency_keys k WHERE k.caller_id = g.caller_id AND k.key = g.key OFFSET 0
      ) AS known`,
    values: keysOf(guards),
  });
  return { recorded: rows.filter(({ expired }) => !expired), expired: rows.filter(({ expired }) => expired) };
}

/** Gives the answers of what was found. Those of placed orders are asked for, where there are such; on a connection, since the packet has left. */
export async function readAnswers(client: Statements, found: AnswerRow[]): Promise<RecordedAnswer[]> {
  const orderIds = new Set(found.flatMap(({ orderId }) => orderId ?? []));
  const orders = new Map((await findOrders(client, [...orderIds])).map((order) => [order.orderId, order]));
  return found.map(({ orderId, ...recorded }) => {
    if (orderId === null) return recorded;
    const order = orders.get(orderId);
    assertInvariant(order !== undefined, `an Idempotency-Key names order ${orderId}, which is not there`);
    return { ...recorded, answer: answerOfPlaced(order) };
  });
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
  answer: ['jsonb', (a) => (a.placedOrderId === undefined ? JSON.stringify(a.answer) : notKept)],
  order_id: ['uuid', (a) => a.placedOrderId ?? null],
  created_at: ['timestamptz', (a) => a.now],
});
