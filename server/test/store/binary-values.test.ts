import * as fc from 'fast-check';
import { Pool } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { arrayParameter } from '../../src/infrastructure/postgres/array-parameters.ts';
import type { BinaryType } from '../../src/infrastructure/postgres/binary-values.ts';
import { copyData } from '../../src/infrastructure/postgres/copy-data.ts';
import { inOnePacket } from '../../src/infrastructure/postgres/packet.ts';

const pool = new Pool({ connectionString: inject('postgresUrl'), max: 1 });
const client = await pool.connect();
afterAll(async () => {
  client.release();
  await pool.end();
});

interface TypeCase {
  values: fc.Arbitrary<unknown>;
  /** What PostgreSQL must have understood, as JSON. */
  asJson: (value: never) => unknown;
  /** SQL of one element `e`, as JSON. */
  sql?: string;
}

const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
const same = (value: unknown) => value;

const cases: Record<BinaryType, TypeCase> = {
  uuid: { values: fc.uuid(), asJson: same },
  smallint: { values: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }), asJson: same },
  integer: { values: fc.integer(), asJson: same },
  bigint: { values: fc.maxSafeInteger(), asJson: same },
  timestamptz: {
    values: fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
    asJson: (time: Date) => time.getTime(),
    sql: 'to_jsonb((extract(epoch FROM e) * 1000)::bigint)',
  },
  text: { values: text, asJson: same },
  bytea: { values: fc.uint8Array().map((bytes) => Buffer.from(bytes)), asJson: (bytes: Buffer) => bytes.toString('hex'), sql: `to_jsonb(encode(e, 'hex'))` },
  jsonb: {
    values: fc.record({ text, number: fc.maxSafeInteger(), none: fc.constant(null) }).map((each) => JSON.stringify(each)),
    asJson: (json: string) => JSON.parse(json) as unknown,
  },
};

const typeCases = Object.entries(cases) as [BinaryType, TypeCase][];
const inJson = ({ asJson }: TypeCase, list: unknown[]) => list.map((value) => (value === null ? null : asJson(value as never)));

test.each(typeCases)('PostgreSQL reads an array of %s as it was given, with its NULLs', async (type, typeCase) => {
  const { values, sql = 'to_jsonb(e)' } = typeCase;
  const query = `SELECT coalesce(jsonb_agg(${sql} ORDER BY n), '[]') AS read FROM unnest($1::${type}[]) WITH ORDINALITY AS elements (e, n)`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(values), { maxLength: 20 }), async (list) => {
      const { rows } = await client.query<{ read: unknown[] }>(query, [arrayParameter(type, list)]);
      expect(rows[0]?.read).toEqual(inJson(typeCase, list));
    }),
  );
});

test.each(typeCases)('PostgreSQL copies rows of %s as they were given, with their NULLs', async (type, typeCase) => {
  const { values, sql = 'to_jsonb(e)' } = typeCase;
  await client.query(`DROP TABLE IF EXISTS copied; CREATE TEMP TABLE copied (n integer, e ${type})`);
  const copy = { name: `copy-${type}`, text: 'COPY copied (n, e) FROM STDIN (FORMAT binary)' };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(values), { maxLength: 20 }), async (list) => {
      const [, , { rows }] = await Promise.all(
        inOnePacket(client, (packet) => [
          packet.query('TRUNCATE copied'),
          packet.copy(copy, () => copyData(['integer', type], [[...list.keys()], list])),
          packet.query<{ read: unknown[] }>(`SELECT coalesce(jsonb_agg(${sql} ORDER BY n), '[]') AS read FROM copied`),
        ] as const),
      );
      expect(rows[0]?.read).toEqual(inJson(typeCase, list));
    }),
  );
});

test('what is not a UUID is refused, not cut short', () => {
  expect(() => arrayParameter('uuid', ['00000000-0000-7000-8000-00000000000x'])).toThrow('is not a UUID');
});
