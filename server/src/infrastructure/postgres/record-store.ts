import type { Pool, PoolClient } from 'pg';
import type { Edited, RecordStore, Recorded } from '../../application/admin-ports.ts';
import { type IdempotencyGuard, type RecordedAnswer, StoreConflict } from '../../application/ports.ts';
import { Books } from '../../domain/books.ts';
import { Refusal, assertInvariant } from '../../domain/refusal.ts';
import { saveEntries } from './desk-entries.ts';
import { allSettledOrThrow } from './desk-rows.ts';
import { idsAt } from './ids.ts';
import { findAnswers, saveAnswers } from './recorded-answers.ts';
import { storeError } from './store-errors.ts';
import { inTransaction, readClock } from './transaction.ts';

/** How one kind of record is kept in its tables. */
export interface RecordTables<State> {
  /** Locks all rows of the record and reads it; gives undefined where there is none. */
  lock(client: PoolClient, id: string): Promise<State | undefined>;
  /** Sends the statements that store what differs; `before` is undefined for a new record. */
  save(client: PoolClient, before: State | undefined, after: State): Promise<unknown>[];
}

const attemptsMax = 5;

/** Operators' changes on PostgreSQL (READ COMMITTED), each in a transaction of its own, beside the desk and on the same row locks. */
export function recordStore<State>(pool: Pool, tables: RecordTables<State>): RecordStore<State> {
  return {
    create: (guard, decide) => retried(() => transact(pool, tables, undefined, guard, decide)),
    change: (id, guard, decide) => retried(() => transact(pool, tables, id, guard, decide)),
  };
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const known = storeError(error);
      if (!(known instanceof StoreConflict) || attempt >= attemptsMax) throw known;
    }
  }
}

type Decide<State, T> = (books: Books, state: State | undefined) => Edited<State, T>;

async function transact<State, T>(
  pool: Pool,
  tables: RecordTables<State>,
  id: string | undefined,
  guard: IdempotencyGuard | undefined,
  decide: Decide<State, T>,
): Promise<Recorded<T>> {
  const client = await pool.connect();
  return inTransaction(client, async () => {
    await client.query('BEGIN');
    const before = id === undefined ? undefined : await tables.lock(client, id);
    const [earlier] = await findAnswers(client, guard ? [guard] : []);
    if (guard && earlier) {
      await client.query('COMMIT');
      return replay<T>(guard, earlier);
    }
    const microseconds = await readClock(client);
    const books = new Books(new Date(Math.floor(microseconds / 1000)), idsAt(microseconds), {});
    const { answer, after } = decideOne(books, before, decide);
    await allSettledOrThrow([
      ...(after === undefined ? [] : tables.save(client, before, after)),
      ...saveEntries(client, books),
      ...saveAnswers(client, guard ? [{ ...guard, answer }] : [], books.now),
      client.query('COMMIT'),
    ]);
    return { answer, replayed: false };
  });
}

function decideOne<State, T>(books: Books, before: State | undefined, decide: Decide<State, T>): { answer: Recorded<T>['answer']; after?: State } {
  try {
    const { state, answer } = decide(books, before);
    return { answer: { accepted: answer }, after: state };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    assertInvariant(books.entryCount === 0, `refusal ${error.code} after something was written`);
    return { answer: { refused: { code: error.code, details: error.details } } };
  }
}

function replay<T>(guard: IdempotencyGuard, earlier: RecordedAnswer): Recorded<T> {
  if (earlier.requestHash.equals(guard.requestHash)) return { answer: earlier.answer as Recorded<T>['answer'], replayed: true };
  return { answer: { refused: { code: 'IDEMPOTENCY_KEY_REUSED', details: {} } }, replayed: false };
}
