import type { Pool, PoolClient } from 'pg';
import type { DeskStore, IdempotencyGuard, Needs } from '../../application/ports.ts';
import { Books } from '../../domain/books.ts';
import { saveEntries } from './desk-entries.ts';
import { allSettledOrThrow, lockRows } from './desk-rows.ts';
import { idsAt } from './ids.ts';
import { findLocked } from './locked-needs.ts';
import { type Packet, inOnePacket } from './packet.ts';
import { findAnswers, forgetAnswers } from './recorded-answers.ts';
import { storeError } from './store-errors.ts';
import { begin, inTransaction, readClock } from './transaction.ts';

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
        await inTransaction(pool, async (client) => {
          const { books, known, transactionId } = await open(client, needs, guards);
          const answers = decide(books, known.recorded);
          const sendChanges = (packet: Packet) => [...forgetAnswers(packet, known.expired), ...saveEntries(packet, books, answers)];
          return { value: undefined, transactionId, sendChanges };
        });
      } catch (error) {
        throw storeError(error);
      }
    },

    async findLocked(needs) {
      try {
        return await findLocked(pool, needs);
      } catch (error) {
        throw storeError(error);
      }
    },
  };
}

async function open(client: PoolClient, needs: Needs, guards: IdempotencyGuard[]) {
  const sent = inOnePacket(client, (packet) => [
    packet.query(begin),
    lockRows(packet, needs),
    findAnswers(packet, guards),
    // After the locks: a later holder of a lock never writes an earlier time.
    readClock(packet),
  ] as const);
  const [, rows, known, { microseconds, transactionId }] = await allSettledOrThrow(sent);
  const books = new Books(new Date(Math.floor(microseconds / 1000)), idsAt(microseconds), rows);
  return { books, known, transactionId };
}
