import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atEndOfTurn } from '../../src/interfaces/http/turns.ts';

test('what comes in one turn is handled at its end, in the order of arrival', async () => {
  const handled: number[] = [];
  const handle = atEndOfTurn<number>((each) => handled.push(each));
  for (const each of [1, 2, 3]) handle(each);
  await Promise.resolve();
  expect(handled).toEqual([]);
  await setImmediate();
  expect(handled).toEqual([1, 2, 3]);
});

test('what comes while a turn is being handled is handled once, in the next', async () => {
  const handled: number[] = [];
  const handle = atEndOfTurn<number>((each) => {
    handled.push(each);
    if (each < 3) handle(each + 1);
  });
  handle(1);
  await setImmediate();
  expect(handled).toEqual([1]);
  await setImmediate();
  await setImmediate();
  expect(handled).toEqual([1, 2, 3]);
});
