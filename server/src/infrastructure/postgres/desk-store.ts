import type { Pool, PoolClient } from 'pg';
import type { DeskStore, IdempotencyGuard, Needs } from '../../application/ports.ts';
import { Books, type LockedRows } from '../../domain/books.ts';
import { saveEntries } from './desk-entries.ts';
import { allSettledOrThrow, lockRows } from './desk-rows.ts';
import { idsAt } from './ids.ts';
import { findLocked } from './locked-needs.ts';
import { type Packet, inOnePacket } from './packet.ts';
import { findAnswers, forgetAnswers, readAnswers } from './recorded-answers.ts';
import { type Recalled, RememberedCampaign, expectAsRecalled, isNotAsRecalled } from './remembered-campaign.ts';
import { storeError } from './store-errors.ts';
import { type Clock, type Decided, begin, inTransaction, readClock } from './transaction.ts';

type Decide = Parameters<DeskStore['transact']>[2];

/** What was decided, and the clock of its transaction, unless the connection broke before that was known. */
interface Stored {
  books: Books;
  clock?: Clock;
}

/**
 * The desk's transactions on PostgreSQL (READ COMMITTED). Two round trips: everything up to the locked rows in one, everything from
 * the first change to COMMIT in the other; one more between them where an order is repeated. Claims of a campaign that is remembered are
 * decided first, and need one.
 *
 * The wallet of a request's caller also protects the caller's idempotency keys; where the caller is not the wallet's owner (an
 * operator), the keys' primary key does.
 */
export function deskStore(pool: Pool): DeskStore {
  const campaign = new RememberedCampaign();
  // A new connection may be to a server that has not heard of the last transaction.
  pool.on('connect', () => campaign.forget());

  return {
    async transact(needs, guards, decide) {
      const attempt = () =>
        inTransaction(pool, async (client) => {
          const recalled = guards.length === 0 ? campaign.recall(needs) : undefined;
          return recalled ? decideOn(recalled, decide) : lockAndDecide(client, needs, guards, campaign, decide);
        });
      try {
        const { books, clock } = await attempt().catch((error: unknown) => {
          if (!isNotAsRecalled(error)) throw error;
          campaign.distrust(error);
          return attempt();
        });
        campaign.keep(books, clock);
      } catch (error) {
        campaign.forget();
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

async function lockAndDecide(
  client: PoolClient,
  needs: Needs,
  guards: IdempotencyGuard[],
  campaign: RememberedCampaign,
  decide: Decide,
): Promise<Decided<Stored>> {
  const sent = inOnePacket(client, (packet) => [
    packet.query(begin),
    lockRows(packet, needs),
    findAnswers(packet, guards),
    // After the locks: a later holder of a lock never writes an earlier time.
    readClock(packet),
  ] as const);
  const [, rows, known, clock] = await allSettledOrThrow(sent);
  campaign.compare(rows);
  const books = booksAt(clock.microseconds, rows);
  const answers = decide(books, await readAnswers(client, known.recorded));
  const sendChanges = (packet: Packet) => [...forgetAnswers(packet, known.expired), ...saveEntries(packet, books, answers)];
  return { value: { books, clock }, evidence: { transactionId: clock.transactionId }, sendChanges };
}

/** Nothing has been sent yet: what is decided here is stored only where all is as recalled. */
function decideOn(recalled: Recalled, decide: Decide): Decided<Stored> {
  const stored: Stored = { books: booksAt(recalled.microseconds, recalled.rows) };
  decide(stored.books, []);
  const sendChanges = (packet: Packet) => [
    packet.query(begin),
    expectAsRecalled(packet, recalled),
    readClock(packet).then((clock) => (stored.clock = clock)),
    ...saveEntries(packet, stored.books),
  ];
  return { value: stored, evidence: stored.books.entries.newIssuedCoupons[0], sendChanges };
}

function booksAt(microseconds: number, rows: Partial<LockedRows>): Books {
  return new Books(new Date(Math.floor(microseconds / 1000)), idsAt(microseconds), rows);
}
