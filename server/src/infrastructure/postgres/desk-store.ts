import type { Pool, PoolClient } from 'pg';
import type { DeskStore, IdempotencyGuard, Needs, RecordedAnswer } from '../../application/ports.ts';
import { Books } from '../../domain/books.ts';
import { saveEntries } from './desk-entries.ts';
import { allSettledOrThrow, lockRows } from './desk-rows.ts';
import { idsAt } from './ids.ts';
import { storeError } from './store-errors.ts';

/**
 * The desk's transactions on PostgreSQL (READ COMMITTED). Two round trips: everything up to the locked rows in one, everything from
 * the first change to COMMIT in the other.
 *
 * The wallet of a request's caller also protects the caller's idempotency keys; where the caller is not the wallet's owner (an
 * operator), the keys' primary key does.
 */
export function deskStore(pool: Pool): DeskStore {
  return {
    async transact(needs, guards, decide) {
      try {
        const client = await pool.connect();
        await inTransaction(client, async () => {
          const { books, recorded } = await open(client, needs, guards);
          const answers = decide(books, recorded);
          await allSettledOrThrow([...saveEntries(client, books), ...saveAnswers(client, answers, books.now), client.query('COMMIT')]);
        });
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}

async function inTransaction(client: PoolClient, work: () => Promise<void>): Promise<void> {
  let broken: Error | undefined;
  try {
    await work();
  } catch (error) {
    // A connection on which even ROLLBACK fails is thrown away.
    await client.query('ROLLBACK').catch((rollbackError: Error) => (broken = rollbackError));
    throw error;
  } finally {
    client.release(broken);
  }
}

async function open(client: PoolClient, needs: Needs, guards: IdempotencyGuard[]) {
  const [, rows, recorded, microseconds] = await allSettledOrThrow([
    client.query('BEGIN'),
    lockRows(client, needs),
    findAnswers(client, guards),
    // After the locks: a later holder of a lock never writes an earlier time.
    readClock(client),
  ] as const);
  const books = new Books(new Date(Math.floor(microseconds / 1000)), idsAt(microseconds), rows);
  return { books, recorded };
}

async function readClock(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ microseconds: number }>({
    name: 'desk-clock',
    text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS microseconds',
  });
  return rows[0]?.microseconds ?? Number.NaN;
}

/** A key is honoured for 24 hours; an older one is forgotten here, so that it can be recorded anew. */
async function findAnswers(client: PoolClient, guards: IdempotencyGuard[]): Promise<RecordedAnswer[]> {
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

function saveAnswers(client: PoolClient, answers: RecordedAnswer[], now: Date): Promise<unknown>[] {
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
