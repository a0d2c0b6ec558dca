import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { batchedReads, sharedReads } from '../../src/infrastructure/shared-reads.ts';

/** A read that ends when the test says so. */
function manualReads<T>() {
  const begun: PromiseWithResolvers<T>[] = [];
  const read = () => {
    const each = Promise.withResolvers<T>();
    begun.push(each);
    return each.promise;
  };
  return { begun, read };
}

/** Until what was begun in this turn of the event loop has had its own next one. */
async function nextTurn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

test('all who come in one turn of the event loop share one read', async () => {
  const { begun, read } = manualReads<number>();
  const shared = sharedReads<number>();
  const readers = [shared('stock', read), shared('stock', read), shared('stock', read)];
  await nextTurn();
  expect(begun).toHaveLength(1);
  begun[0]?.resolve(10);
  expect(await Promise.all(readers)).toEqual([10, 10, 10]);
});

test('nobody gets what was read before they came: a later reader waits for the next read', async () => {
  const { begun, read } = manualReads<number>();
  const shared = sharedReads<number>();
  const first = shared('stock', read);
  await nextTurn();
  const second = shared('stock', read);
  const third = shared('stock', read);
  await nextTurn();
  expect(begun).toHaveLength(1);

  begun[0]?.resolve(10);
  expect(await first).toBe(10);
  await nextTurn();
  const late = shared('stock', read);
  expect(begun).toHaveLength(2);

  begun[1]?.resolve(9);
  expect(await Promise.all([second, third])).toEqual([9, 9]);
  await nextTurn();
  expect(begun).toHaveLength(3);
  begun[2]?.resolve(8);
  expect(await late).toBe(8);
});

test('a read that fails is for those who wait for it; the next ones read anew', async () => {
  const { begun, read } = manualReads<number>();
  const shared = sharedReads<number>();
  const first = shared('stock', read);
  await nextTurn();
  const second = shared('stock', read);
  begun[0]?.reject(new Error('connection lost'));
  await expect(first).rejects.toThrow('connection lost');
  await nextTurn();
  begun[1]?.resolve(9);
  expect(await second).toBe(9);
});

test('different keys do not wait for each other', async () => {
  const { begun, read } = manualReads<number>();
  const shared = sharedReads<number>();
  void shared('slow', read);
  const quick = shared('quick', read);
  await nextTurn();
  begun[1]?.resolve(1);
  expect(await quick).toBe(1);
});

test('ids that are asked for during a read are read together by the next', async () => {
  const { begun, read } = manualReads<Map<string, number>>();
  const batches: string[][] = [];
  const balanceOf = batchedReads<number>((ids) => {
    batches.push(ids);
    return read();
  });
  const first = balanceOf('a');
  await nextTurn();
  const others = [balanceOf('b'), balanceOf('c'), balanceOf('b'), balanceOf('nobody')];
  begun[0]?.resolve(new Map([['a', 1]]));
  expect(await first).toBe(1);
  await nextTurn();
  expect(batches).toEqual([['a'], ['b', 'c', 'nobody']]);
  begun[1]?.resolve(new Map([['b', 2], ['c', 3]]));
  expect(await Promise.all(others)).toEqual([2, 3, 2, undefined]);
});
