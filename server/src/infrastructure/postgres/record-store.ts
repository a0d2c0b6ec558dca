import type { Pool, PoolClient } from 'pg';
import type { Edited, RecordStore } from '../../application/admin-ports.ts';
import { type Outcome, answerOf, replayOf } from '../../application/answers.ts';
import { type IdempotencyGuard, StoreConflict } from '../../application/ports.ts';
import { Books } from '../../domain/books.ts';
import { saveEntries } from './desk-entries.ts';
import { idsAt } from './ids.ts';
import type { Packet, Statements } from './packet.ts';
import { findAnswers, forgetAnswers, readAnswers } from './recorded-answers.ts';
import { storeError } from './store-errors.ts';
import { inTransaction, readClock } from './transaction.ts';

/** How one kind of record is kept in its tables. */
export interface RecordTables<State> {
  /** Locks all rows of the record and reads it; gives undefined where there is none. */
  lock(client: PoolClient, id: string): Promise<State | undefined>;
  /** Sends the statements that store what differs; `before` is undefined for a new record. */
  save(statements: Statements, before: State | undefined, after: State): Promise<unknown>[];
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
): Promise<Outcome<T>> {
  return inTransaction(pool, async (client) => {
    await client.query('BEGIN');
    const before = id === undefined ? undefined : await tables.lock(client, id);
    const known = await findAnswers(client, guard ? [guard] : []);
    const [earlier] = await readAnswers(client, known.recorded);
    const { microseconds, transactionId } = await readClock(client);
    if (guard && earlier) return { value: replayOf(guard, earlier) as Outcome<T>, evidence: { transactionId }, sendChanges: () => [] };
    const books = new Books(new Date(Math.floor(microseconds / 1000)), idsAt(microseconds), {});
    let after: State | undefined;
    const answer = answerOf(books, () => {
      const edited = decide(books, before);
      after = edited.state;
      return edited.answer;
    });
    const sendChanges = (packet: Packet) => [
      ...(after === undefined ? [] : tables.save(packet, before, after)),
      ...forgetAnswers(packet, known.expired),
      ...saveEntries(packet, books, guard ? [{ ...guard, answer }] : []),
    ];
    return { value: { answer, replayed: false }, evidence: { transactionId }, sendChanges };
  });
}
