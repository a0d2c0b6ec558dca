import * as fc from 'fast-check';
import { Pool } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { type ArrayType, arrayParameter } from '../../src/infrastructure/postgres/array-parameters.ts';

const pool = new Pool({ connectionString: inject('postgresUrl'), max: 1 });
afterAll(() => pool.end());

interface TypeCase {
  values: fc.Arbitrary<unknown>;
  /** What PostgreSQL must have understood, as JSON. */
  asJson: (value: never) => unknown;
  /** SQL of one element `e`, as JSON. */
  sql?: string;
}

const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
const same = (value: unknown) => value;

const cases: Record<ArrayType, TypeCase> = {
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

test.each(Object.entries(cases))('PostgreSQL reads an array of %s as it was given, with its NULLs', async (type, { values, asJson, sql = 'to_jsonb(e)' }) => {
  const query = `SELECT coalesce(jsonb_agg(${sql} ORDER BY n), '[]') AS read FROM unnest($1::${type}[]) WITH ORDINALITY AS elements (e, n)`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(values), { maxLength: 20 }), async (list) => {
      const { rows } = await pool.query<{ read: unknown[] }>(query, [arrayParameter(type as ArrayType, list)]);
      expect(rows[0]?.read).toEqual(list.map((value) => (value === null ? null : asJson(value as never))));
    }),
  );
});

test('what is not a UUID is refused, not cut short', () => {
  expect(() => arrayParameter('uuid', ['00000000-0000-7000-8000-00000000000x'])).toThrow('is not a UUID');
});
