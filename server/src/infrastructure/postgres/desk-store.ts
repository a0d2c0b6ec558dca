import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import type { DeskStore, IdempotencyGuard, Needs, RecordedAnswer } from '../../application/ports.ts';
import { Books } from '../../domain/books.ts';
import type { Variant } from '../../domain/product.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { saveEntries } from './desk-entries.ts';
import { idsAt } from './ids.ts';
import { storeError } from './store-errors.ts';

/**
 * The desk's transactions on PostgreSQL. Two round trips: everything up to the locked rows in one, everything from the first change to COMMIT in the other.
 *
 * Lock order, the same wherever rows are locked: wallets by user id, then variants by id. The wallet of a request's caller also
 * protects the caller's idempotency keys; where the caller is not the wallet's owner (an operator), the keys' primary key does.
 */
export function deskStore(pool: Pool): DeskStore {
  return {
    async transact(needs, guards, decide) {
      try {
        const client = await pool.connect();
        await inTransaction(client, async () => {
          const { books, recorded } = await open(client, needs, guards);
          const answers = decide(books, recorded);
          await all([...saveEntries(client, books), ...saveAnswers(client, answers, books.now), client.query('COMMIT')]);
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

/** Waits for every pipelined statement, then throws the first error: those after it only say that the transaction is aborted. */
async function all(statements: Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(statements);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

const readClock = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS microseconds';

async function open(client: PoolClient, needs: Needs, guards: IdempotencyGuard[]) {
  const [, wallets, , variants, recorded, clock] = (await all([
    client.query('BEGIN'),
    lockWallets(client, needs.wallets),
    lockVariants(client, needs),
    findVariants(client, needs),
    findAnswers(client, guards),
    // After the locks: a later holder of a lock never writes an earlier time.
    client.query({ name: 'desk-clock', text: readClock }),
  ])) as [unknown, Rows<Wallet>, unknown, Rows<Variant>, Rows<RecordedAnswer>, Rows<{ microseconds: number }>];
  const microseconds = clock.rows[0]?.microseconds ?? Number.NaN;
  const now = new Date(Math.floor(microseconds / 1000));
  const books = new Books(now, idsAt(microseconds), { wallets: wallets.rows, variants: variants.rows });
  return { books, recorded: recorded.rows };
}

type Rows<T extends QueryResultRow> = QueryResult<T>;
const noRows = Promise.resolve({ rows: [] });

function lockWallets(client: PoolClient, userIds: string[]) {
  if (userIds.length === 0) return noRows;
  return client.query({
    name: 'desk-lock-wallets',
    text: `SELECT user_id AS "userId", balance FROM wallets WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR NO KEY UPDATE`,
    values: [userIds],
  });
}

function lockVariants(client: PoolClient, { variants, variantsOfProducts }: Needs) {
  if (variants.length + variantsOfProducts.length === 0) return noRows;
  return client.query({
    name: 'desk-lock-variants',
    text: `
      SELECT id FROM variants
      WHERE id IN (SELECT unnest($1::uuid[]) UNION SELECT id FROM variants WHERE product_id = ANY($2::uuid[]))
      ORDER BY id FOR NO KEY UPDATE`,
    values: [variants, variantsOfProducts],
  });
}

/** Read in a second statement, after the locks: its snapshot sees the newest product too, which is not locked itself. */
function findVariants(client: PoolClient, { variants, variantsOfProducts }: Needs) {
  if (variants.length + variantsOfProducts.length === 0) return noRows;
  return client.query({
    name: 'desk-find-variants',
    text: `
      SELECT v.id AS "variantId", v.product_id AS "productId", p.status AS "productStatus", v.price, v.stock
      FROM variants v JOIN products p ON p.id = v.product_id
      WHERE v.id IN (SELECT unnest($1::uuid[]) UNION SELECT id FROM variants WHERE product_id = ANY($2::uuid[]))
      ORDER BY v.id`,
    values: [variants, variantsOfProducts],
  });
}

/** A key is honoured for 24 hours; an older one is forgotten here, so that it can be recorded anew. */
function findAnswers(client: PoolClient, guards: IdempotencyGuard[]) {
  if (guards.length === 0) return noRows;
  const values = [guards.map(({ callerId }) => callerId), guards.map(({ key }) => key)];
  const forgotten = client.query({
    name: 'desk-forget-answers',
    text: `
      DELETE FROM idempotency_keys k USING unnest($1::uuid[], $2::text[]) AS g (caller_id, key)
      WHERE k.caller_id = g.caller_id AND k.key = g.key AND k.created_at < now() - interval '24 hours'`,
    values,
  });
  const found = client.query({
    name: 'desk-find-answers',
    text: `
      SELECT k.caller_id AS "callerId", k.key, k.request_hash AS "requestHash", k.answer
      FROM unnest($1::uuid[], $2::text[]) AS g (caller_id, key)
      JOIN idempotency_keys k ON k.caller_id = g.caller_id AND k.key = g.key`,
    values,
  });
  return all([forgotten, found]).then(([, rows]) => rows);
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
