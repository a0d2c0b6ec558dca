import { Pool, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeEach, expect, inject, test } from 'vitest';
import { copyData } from '../../src/infrastructure/postgres/copy-data.ts';
import { allSettledOrThrow } from '../../src/infrastructure/postgres/desk-rows.ts';
import { inOnePacket } from '../../src/infrastructure/postgres/packet.ts';

const pool = new Pool({ connectionString: inject('postgresUrl'), max: 1, pipeline: true });
let client: PoolClient;
beforeEach(async () => {
  client = await pool.connect();
});
afterEach(() => client.release());
afterAll(() => pool.end());

const one = { name: 'one', text: 'SELECT 1 AS n' };
const n = (number: number) => `SELECT ${number} AS n`;
const divided = { name: 'divided', text: 'SELECT 10 / $1::int AS n' };

test('each statement of a packet gets its own rows', async () => {
  const [first, none, last] = await Promise.all(
    inOnePacket(client, (packet) => [
      packet.query<{ n: number }>(one),
      packet.query<{ n: number }>('SELECT 1 AS n WHERE false'),
      packet.query<{ a: number; b: string }>('SELECT a, b FROM generate_series(1, $1::int) AS a, (VALUES ($2)) AS v (b)', [2, 'x']),
    ] as const),
  );

  expect([first.rows, none.rows, last.rows]).toEqual([[{ n: 1 }], [], [{ a: 1, b: 'x' }, { a: 2, b: 'x' }]]);
});

test('a transaction is begun and committed within packets', async () => {
  await inOnePacket(client, (packet) => Promise.all([packet.query('BEGIN'), packet.query('CREATE TEMP TABLE kept (n int) ON COMMIT PRESERVE ROWS')]));
  await inOnePacket(client, (packet) => Promise.all([packet.query('INSERT INTO kept VALUES ($1)', [7]), packet.query('COMMIT')]));
  await client.query('ROLLBACK');

  expect((await client.query('SELECT n FROM kept')).rows).toEqual([{ n: 7 }]);
});

test('a statement that fails takes with it what follows, and nothing that went before', async () => {
  const sent = inOnePacket(client, (packet) => [packet.query(one), packet.query({ ...divided, values: [0] }), packet.query({ name: 'skipped', text: 'SELECT 3 AS n' })]);
  const outcomes = await Promise.allSettled(sent);

  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  await expect(allSettledOrThrow(sent)).rejects.toMatchObject({ code: '22012' });
  // What was prepared still is, and what was skipped is prepared now.
  const again = await Promise.all(
    inOnePacket(client, (packet) => [packet.query(one), packet.query({ ...divided, values: [5] }), packet.query({ name: 'skipped', text: 'SELECT 3 AS n' })]),
  );
  expect(again.map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 3 }]]);
});

test('rows that may not be copied take with them what follows, and the connection goes on', async () => {
  await client.query('CREATE TEMP TABLE halves (n integer CHECK (n % 2 = 0))');
  const copy = { name: 'copy-halves', text: 'COPY halves (n) FROM STDIN (FORMAT binary)' };
  const copied = (...numbers: number[]) => inOnePacket(client, (packet) => [
    packet.query(one), packet.copy(copy, () => copyData(['integer'], [numbers])), packet.copy(copy, () => copyData(['integer'], [[2]])), packet.query(n(3)),
  ] as const);
  const sent = copied(4, 5);

  expect((await Promise.allSettled(sent)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  await expect(sent[1]).rejects.toMatchObject({ code: '23514', table: 'halves' });
  const [first, , , last] = await Promise.all(copied(6, 8));
  expect([first.rows, last.rows]).toEqual([[{ n: 1 }], [{ n: 3 }]]);
  expect((await client.query('SELECT array_agg(n ORDER BY n) AS all FROM halves')).rows).toEqual([{ all: [2, 6, 8] }]);
});

test('packets and statements of their own share a connection, each with its own rows', async () => {
  const results = await Promise.all([
    client.query(n(1)),
    ...inOnePacket(client, (packet) => [packet.query(n(2)), packet.query(one), packet.query(n(3))]),
    client.query(n(4)),
    ...inOnePacket(client, (packet) => [packet.query(n(5))]),
  ]);

  expect(results.map(({ rows }) => rows)).toEqual([1, 2, 1, 3, 4, 5].map((number) => [{ n: number }]));
});

test('a value that cannot be sent breaks the connection: no answer is given to another statement', async () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  client.once('error', () => {});
  const outcomes = await Promise.allSettled(
    inOnePacket(client, (packet) => [packet.query(one), packet.query('SELECT $1::jsonb AS n', [circular]), packet.query({ name: 'two', text: 'SELECT 2 AS n' })]),
  );

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('rows that cannot be made take the whole packet with them, also what has left already', async () => {
  await client.query('CREATE TABLE copied (n integer)');
  const copy = { name: 'copy-copied', text: 'COPY copied (n) FROM STDIN (FORMAT binary)' };
  client.once('error', () => {});
  const outcomes = await Promise.allSettled(
    inOnePacket(client, (packet) => [
      packet.query('BEGIN'),
      packet.copy(copy, () => copyData(['integer'], [[1]])),
      packet.copy(copy, () => copyData(['integer'], [[2 ** 40]])),
      packet.query('COMMIT'),
    ]),
  );
  client.release(true);
  client = await pool.connect();

  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(Array.from({ length: 4 }, () => 'ERR_OUT_OF_RANGE'));
  expect((await client.query('SELECT n FROM copied')).rows).toEqual([]);
  await client.query('DROP TABLE copied');
});
