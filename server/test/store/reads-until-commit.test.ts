import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { committedState } from '../../src/infrastructure/postgres/committed-state.ts';
import { readsUntilCommit } from '../../src/infrastructure/reads-until-commit.ts';

const writer = new Pool({ connectionString: inject('postgresUrl'), max: 1 });
const reader = new Pool({ connectionString: inject('postgresUrl'), max: 1 });
reader.on('error', () => {});
beforeAll(async () => {
  await writer.query('CREATE TEMP TABLE written (n int)');
});
afterAll(() => Promise.all([writer.end(), reader.end()]));

/** Reads that count, under a state that the test sets. */
function countedReads() {
  const state = { current: 'first' };
  const counts = new Map<string, number>();
  const reads = readsUntilCommit<string>(async () => state.current, 2);
  const read = (key: string) =>
    reads(key, async () => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return `${key} of ${state.current}`;
    });
  return { state, counts, read };
}

test('what was read holds until something is committed, and not longer', async () => {
  const { state, counts, read } = countedReads();

  expect([await read('a'), await read('a'), await read('b')]).toEqual(['a of first', 'a of first', 'b of first']);
  expect([...counts]).toEqual([['a', 1], ['b', 1]]);
  state.current = 'second';
  expect([await read('a'), await read('a')]).toEqual(['a of second', 'a of second']);
  expect(counts.get('a')).toBe(2);
});

test('what is committed while a read is under way is read again by the next', async () => {
  let state = 'before';
  const reads = readsUntilCommit<number>(async () => state, 2);
  let stock = 10;

  await reads('stock', async () => {
    const value = stock;
    stock = 9;
    state = 'after';
    return value;
  });

  expect(await reads('stock', async () => stock)).toBe(9);
});

test('a read that fails is not remembered', async () => {
  const { read } = countedReads();
  const reads = readsUntilCommit<string>(async () => 'same', 2);

  await expect(reads('a', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await reads('a', () => read('a'))).toBe('a of first');
});

test('after every commit the state is another one', async () => {
  const stateOf = committedState(reader);
  const seen = [await stateOf()];
  for (let commit = 0; commit < 20; commit += 1) {
    await writer.query('INSERT INTO written VALUES (1)');
    seen.push(await stateOf());
  }

  expect(new Set(seen).size).toBe(seen.length);
});

test('while nothing is committed the state stays', async () => {
  const stateOf = committedState(reader);
  // Other tests commit in other databases of the same server.
  const deadline = performance.now() + 20_000;
  while ((await stateOf()) !== (await stateOf()) && performance.now() < deadline) await sleep(5);

  expect(performance.now()).toBeLessThan(deadline);
});

test('a new connection has another state, as after a crash that gave out the same ids again', async () => {
  const connected: (() => void)[] = [];
  const unchanged = { query: async () => ({ rows: [{ snapshot: '7:7:' }] }), on: (_: string, listener: () => void) => connected.push(listener) };
  const stateOf = committedState(unchanged as unknown as Pool);
  const before = await stateOf();
  expect(await stateOf()).toBe(before);

  for (const tell of connected) tell();

  expect(await stateOf()).not.toBe(before);
});
