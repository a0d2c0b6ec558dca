import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Desk, type DeskRequest } from '../../src/application/desk.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { MemoryStore } from './memory-store.ts';
import { wallet } from './open-books.ts';

/** A desk whose batches wait for others. Time passes only where a test says so. */
let store: MemoryStore;
let desk: Desk;
let batches: number[];
let answered: number;
beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryStore({ wallets: [wallet(0, 'a')] });
  batches = [];
  answered = 0;
  desk = new Desk(store, { batchMax: 4, queueMax: 100, waitMaxMs: 60_000, lockPatienceMs: 1_000 }, (size) => batches.push(size));
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const charge: DeskRequest<number> = { needs: { wallets: ['a'] }, decide: (books) => decideCharge(books, defaultRules, 'a', 1).balance };
const refuse = (): never => {
  throw new Refusal('OUT_OF_STOCK');
};
function submit(times = 1): void {
  for (let n = 0; n < times; n += 1) void desk.submit(charge).then(() => (answered += 1));
}
function takes(lockingMs: number, storingMs: number): void {
  Object.assign(store, { lockingMs, storingMs });
}

test('a desk that has its rows sooner than they are stored begins with who waits, at once', async () => {
  takes(39, 40);
  submit();
  await pass(10);
  submit();
  await pass(69);
  submit();

  await pass(1);

  expect(batches).toEqual([1, 1]);
});

test('a desk that waits longer for its rows than they take to be stored leaves them to others for as long, and buyers gather meanwhile', async () => {
  takes(41, 40);
  submit();
  await pass(10);
  submit();
  await pass(71);
  expect(answered).toBe(1);
  // The average of the times of storing, which has only begun to move: 0.2 of 40 ms.
  await pass(7);
  submit();
  expect(batches).toEqual([1]);

  await pass(1);

  expect(batches).toEqual([1, 2]);
});

test('a desk that has refused everything begins with who waits, at once, however long it waited for its rows', async () => {
  takes(41, 40);
  void desk.submit({ ...charge, decide: refuse }).catch(() => (answered += 1));
  await pass(10);
  submit();

  await pass(71);

  expect({ answered, batches }).toEqual({ answered: 1, batches: [1, 1] });
});

test('nobody who waits for a full batch waits for others', async () => {
  takes(41, 40);
  submit();
  await pass(10);
  submit(4);

  await pass(72);

  expect(batches).toEqual([1, 4]);
});

test('a burst that waits for others is told before, not when its successors have been decided', async () => {
  desk = new Desk(store, { batchMax: 128, queueMax: 1_000, waitMaxMs: 60_000, lockPatienceMs: 1_000 }, (size) => batches.push(size));
  takes(41, 40);
  submit(32);
  await pass(10);
  submit();

  await pass(71);

  expect({ answered, batches }).toEqual({ answered: 32, batches: [32] });
});

test('a desk that nobody contends with any more soon goes on without a pause', async () => {
  takes(41, 40);
  submit();
  await pass(200);
  takes(1, 40);
  submit();
  await pass(200);
  submit();
  await pass(10);
  submit();

  await pass(31);

  expect(batches).toEqual([1, 1, 1, 1]);
});

test('draining a desk that leaves its rows to others ends with the pause', async () => {
  takes(41, 40);
  submit();
  await pass(82);
  const drained = vi.fn();
  void desk.drain().then(drained);

  await pass(8);

  expect(drained).toHaveBeenCalledOnce();
});
