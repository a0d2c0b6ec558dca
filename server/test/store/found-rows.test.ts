import { Pool } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { joinedRowsOf } from '../../src/infrastructure/postgres/found-rows.ts';

const pool = new Pool({ connectionString: inject('postgresUrl') });
afterAll(() => pool.end());

const ids = ['0190c8f0-0000-7000-8000-000000000002', '0190c8f0-0000-7000-8000-000000000001'];
const numbered = (number: string) => ({ name: `numbered-${number}`, text: `SELECT concat_ws(',', id, ${number}) AS line FROM unnest($1::uuid[]) AS id ORDER BY id`, ids: [ids] });

const pair = (id: string, number: string) => [id, number];

test('rows that come as one text are read value by value', async () => {
  const rows = await joinedRowsOf(pool, numbered('9007199254740993'), (id: string, number: string) => ({ id, number }));

  expect(rows).toEqual([{ id: ids[1], number: '9007199254740993' }, { id: ids[0], number: '9007199254740993' }]);
});

test('where no row is found there is none', async () => {
  const finding = { name: 'nothing', text: 'SELECT id::text AS line FROM unnest($1::uuid[]) AS id WHERE false', ids: [ids] };

  expect(await joinedRowsOf(pool, finding, (id: string) => id)).toEqual([]);
});

test('a value that is missing, or has a separator in it, is never taken for another', async () => {
  await expect(joinedRowsOf(pool, numbered('NULL::int'), pair)).rejects.toThrow('a row of 1 values');
  await expect(joinedRowsOf(pool, numbered(`'1,2'`), pair)).rejects.toThrow('a row of 3 values');
  await expect(joinedRowsOf(pool, numbered(`'1;2'`), pair)).rejects.toThrow('a row of 1 values');
});
