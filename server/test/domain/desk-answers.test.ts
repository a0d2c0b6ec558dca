import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Desk, type DeskRequest } from '../../src/application/desk.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { MemoryStore } from './memory-store.ts';
import { wallet } from './open-books.ts';

/** When those are told who shared a batch, and who shares one. Time passes only where a test says so. */
let store: MemoryStore;
let desk: Desk;
let batches: number[];
let answered: number;
/** Lets the transaction under way end, and holds up the next one. */
let endTransaction: () => Promise<void>;
beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryStore({ wallets: [wallet(0, 'a')] });
  batches = [];
  answered = 0;
  desk = new Desk(store, { batchMax: 128, queueMax: 1_000, waitMaxMs: 60_000, lockPatienceMs: 1_000 }, (size) => batches.push(size));
  let go = store.pause();
  endTransaction = async () => {
    const before = go;
    go = store.pause();
    before();
    await pass(0);
  };
});
afterEach(() => vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const charge: DeskRequest<number> = { needs: { wallets: ['a'] }, decide: (books) => decideCharge(books, defaultRules, 'a', 1).balance };
function submit(times: number, then: () => void = () => {}): void {
  for (let n = 0; n < times; n += 1) void buy(then);
}
/** Has the desk serve one, so that those who come next wait. */
async function occupy(): Promise<void> {
  submit(1);
  await pass(0);
}
async function buy(then: () => void): Promise<void> {
  await desk.submit(charge);
  answered += 1;
  then();
}

test('a few are told at once that theirs is durable, while the next batch waits for its rows', async () => {
  await occupy();
  submit(31);
  await endTransaction();
  expect(answered).toBe(1);
  submit(1);

  await endTransaction();

  expect(batches).toEqual([1, 31, 1]);
  expect(answered).toBe(1 + 31);
});

test('a burst is told when the next batch has been decided, and while that is being stored', async () => {
  await occupy();
  submit(63);
  await endTransaction();
  submit(32);
  await pass(100);
  await endTransaction();
  expect(batches).toEqual([1, 32, 48]);
  expect(answered).toBe(1);

  store.holdStoring = true;
  await endTransaction();

  expect(store.balance('a')).toBe(1 + 32);
  expect(answered).toBe(1 + 32);
});

test('a burst is told after half the usual time of a batch, although the next one still waits for a row', async () => {
  await occupy();
  submit(63);
  await endTransaction();
  await pass(100);
  await endTransaction();
  // A fifth of the average is the last batch.
  const usualMs = 20;

  await pass(usualMs / 2 - 1);
  expect(answered).toBe(1);
  await pass(1);
  expect(answered).toBe(1 + 32);
});

test('a burst is not told sooner than a timer can tell, however quick batches are', async () => {
  await occupy();
  submit(63);
  await endTransaction();
  await endTransaction();

  await pass(4);
  expect(answered).toBe(1);
  await pass(1);
  expect(answered).toBe(1 + 32);
});

test('the last burst is told at once where nobody waits', async () => {
  await occupy();
  submit(40);
  await endTransaction();
  await endTransaction();
  await endTransaction();

  expect(answered).toBe(41);
});

test('many buyers who come back again and again are divided into two equal batches', async () => {
  let answers = 0;
  const comeBack = () => setTimeout(() => submit(1, comeBack), (answers += 1) % 4);
  submit(64, comeBack);
  for (let n = 0; n < 60; n += 1) {
    await pass(10);
    await endTransaction();
  }

  expect(batches.slice(-6)).toEqual([32, 32, 32, 32, 32, 32]);
});

test('a few buyers share one batch', async () => {
  await occupy();
  submit(31);
  await endTransaction();

  expect(batches).toEqual([1, 31]);
});
