import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Desk, type DeskRequest } from '../../src/application/desk.ts';
import { StoreLocked } from '../../src/application/ports.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { MemoryStore } from './memory-store.ts';
import { wallet } from './open-books.ts';

/** Rows that others hold locked: a wallet is one as well as any. Time passes only where a test says so. */
let store: MemoryStore;
let desk: Desk;
let batches: number[];
beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryStore({ wallets: [wallet(0, 'a'), wallet(0, 'b'), wallet(0, 'c')] });
  batches = [];
  desk = new Desk(store, { batchMax: 10, queueMax: 100, waitMaxMs: 2_000, lockPatienceMs: 1_000 }, (size) => batches.push(size));
});
afterEach(() => vi.useRealTimers());

const charge = (...userIds: [string, ...string[]]): DeskRequest<number> => ({
  needs: { wallets: userIds },
  decide: (books) => userIds.map((userId) => decideCharge(books, defaultRules, userId, 1).balance)[0] ?? 0,
});
/** Submits and tells what has become of it so far. */
function submitted(request: DeskRequest<number>): { state: unknown } {
  const outcome = { state: 'waiting' as unknown };
  desk.submit(request).then(
    ({ value }) => (outcome.state = value),
    (reason: unknown) => (outcome.state = reason),
  );
  return outcome;
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const moment = () => pass(5);
const hold = (id: string, holder: string) => (store.locked = [{ kind: 'wallets', id, holder }]);

test('those who need a held row are refused after the time for which it is waited; the others are served at once, together', async () => {
  hold('a', '7');
  const first = submitted(charge('b'));
  const held = [submitted(charge('a')), submitted(charge('b', 'a'))];
  const others = [submitted(charge('b')), submitted(charge('c')), submitted(charge('c'))];

  await moment();
  expect([first, ...others].map(({ state }) => state)).toEqual([1, 2, 1, 2]);
  expect(held.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
  expect(batches).toEqual([6, 4]);

  await pass(1_100);
  expect(held.map(({ state }) => state)).toEqual([expect.any(StoreLocked), expect.any(StoreLocked)]);
});

test('while a row is known to be held, those who need it are refused at once, and the others do not notice', async () => {
  hold('a', '7');
  submitted(charge('a'));
  for (let elapsed = 0; elapsed < 1_100; elapsed += 100) {
    const other = submitted(charge('b'));
    await pass(100);
    expect(other.state).toEqual(expect.any(Number));
  }

  const held = submitted(charge('a'));
  const other = submitted(charge('c'));
  await moment();

  expect(held.state).toBeInstanceOf(StoreLocked);
  expect(other.state).toBe(1);
});

test('a row that is locked by one short transaction after another is waited for, and nobody is refused', async () => {
  const answers = [submitted(charge('a')), submitted(charge('a'))];
  hold('a', '0');
  for (let holder = 1; holder < 15; holder += 1) {
    await pass(100);
    hold('a', String(holder));
  }
  store.locked = [];
  await pass(100);

  expect(answers.map(({ state }) => state)).toEqual([1, 2]);
});

test('who would have to wait longer than anyone may is refused, whoever holds the row', async () => {
  const answer = submitted(charge('a'));
  for (let holder = 0; holder < 25; holder += 1) {
    hold('a', String(holder));
    await pass(100);
  }

  expect(answer.state).toBeInstanceOf(StoreLocked);
});

test('once the row is free all are served again, together, and nobody looks for locks any more', async () => {
  hold('a', '7');
  const before = [submitted(charge('b')), submitted(charge('a'))];
  await pass(500);
  store.locked = [];
  await pass(50);
  expect(before.map(({ state }) => state)).toEqual([1, 1]);

  const { looks } = store;
  batches.length = 0;
  const after = ['a', 'a', 'b', 'c'].map((userId) => submitted(charge(userId)));
  await moment();

  expect(after.map(({ state }) => state)).toEqual([2, 3, 2, 1]);
  expect(batches).toEqual([4]);
  expect(store.looks).toBe(looks);
});

test('a lock that no look finds is not waited for longer than anyone may wait', async () => {
  store.failures = Array.from({ length: 9 }, () => new StoreLocked());
  const go = store.pause();
  const answer = submitted(charge('a'));
  await pass(2_100);
  go();
  await moment();

  expect(answer.state).toBeInstanceOf(StoreLocked);
  store.failures = [];
  const next = submitted(charge('a'));
  await moment();
  expect(next.state).toBe(1);
});

test('draining waits for those who wait for a lock', async () => {
  hold('a', '7');
  const answer = submitted(charge('a'));
  const drained = { state: 'waiting' };
  void desk.drain().then(() => (drained.state = 'drained'));

  await pass(500);
  expect(drained.state).toBe('waiting');
  await pass(1_000);
  expect([answer.state, drained.state]).toEqual([expect.any(StoreLocked), 'drained']);
});
