import { beforeEach, expect, test } from 'vitest';
import { Desk, type DeskRequest } from '../../src/application/desk.ts';
import { guardFor } from '../../src/application/idempotency.ts';
import { StoreConflict } from '../../src/application/ports.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { MemoryStore } from './memory-store.ts';
import { wallet } from './open-books.ts';

let store: MemoryStore;
let desk: Desk;
beforeEach(() => {
  store = new MemoryStore({ wallets: [wallet(0, 'a'), wallet(0, 'b')] });
  desk = new Desk(store, { batchMax: 100, queueMax: 1_000, waitMaxMs: 2_000, lockPatienceMs: 1_000 });
});

const charge = (userId: string, amount: number, key: string, callerId = userId): DeskRequest<number> => ({
  needs: { wallets: [userId] },
  guard: guardFor(callerId, key, 'charge-wallet', { userId, amount }),
  decide: (books) => decideCharge(books, defaultRules, userId, amount).balance,
});

test('repeats inside one batch are decided once', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => desk.submit(charge('a', 500, 'again'))));

  expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, () => 500));
  expect(answers.filter(({ replayed }) => replayed)).toHaveLength(19);
  expect(store.transactions).toHaveLength(1);
  expect(store.balance('a')).toBe(500);
});

test('a repeat in a later batch gets the recorded answer, not the balance of now', async () => {
  await desk.submit(charge('a', 500, 'key'));
  await desk.submit(charge('a', 30, 'other'));

  await expect(desk.submit(charge('a', 500, 'key'))).resolves.toEqual({ value: 500, replayed: true });
  expect(store.balance('a')).toBe(530);
});

test('a refusal is recorded and repeated too, although it would be accepted now', async () => {
  store.wallets = [wallet(1_000_000, 'a')];
  await expect(desk.submit(charge('a', 1, 'key'))).rejects.toMatchObject({ code: 'BALANCE_LIMIT_EXCEEDED', replayed: false });
  store.wallets = [wallet(0, 'a')];

  const details = { currentBalance: 1_000_000, maximum: 1_000_000 };
  await expect(desk.submit(charge('a', 1, 'key'))).rejects.toMatchObject({ code: 'BALANCE_LIMIT_EXCEEDED', replayed: true, details });
});

test('a key used for another request is refused, in a later batch and in the same one, and changes nothing', async () => {
  const [first, other] = await Promise.allSettled([charge('a', 500, 'key'), charge('a', 501, 'key')].map((each) => desk.submit(each)));

  expect(first).toMatchObject({ status: 'fulfilled' });
  expect(other).toMatchObject({ status: 'rejected', reason: { code: 'IDEMPOTENCY_KEY_REUSED', replayed: false } });
  await expect(desk.submit(charge('a', 502, 'key'))).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  expect(store.balance('a')).toBe(500);
});

test('a key belongs to its caller', async () => {
  await Promise.all([desk.submit(charge('a', 1, 'key', 'kim')), desk.submit(charge('a', 1, 'key', 'lee'))]);

  expect(store.balance('a')).toBe(2);
});

test('a caller and key cannot be mistaken for another caller and key', async () => {
  await Promise.all([desk.submit(charge('a', 1, 'c d', 'kim')), desk.submit(charge('a', 1, 'd', 'kim c'))]);

  expect(store.balance('a')).toBe(2);
});

test('an answer is recorded only when its transaction commits', async () => {
  store.failures = [new Error('no disk')];
  await expect(desk.submit(charge('a', 500, 'key'))).rejects.toThrow('no disk');
  expect(store.answers).toEqual([]);

  store.failures = [new StoreConflict()];
  await expect(desk.submit(charge('a', 500, 'key'))).resolves.toEqual({ value: 500, replayed: false });
  expect(store.balance('a')).toBe(500);
});
