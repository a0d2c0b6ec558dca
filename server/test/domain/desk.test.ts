import { beforeEach, describe, expect, test } from 'vitest';
import { Desk, type DeskRequest } from '../../src/application/desk.ts';
import { StoreConflict, StoreUnavailable } from '../../src/application/ports.ts';
import { InvariantBroken, Refusal } from '../../src/domain/refusal.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { MemoryStore } from './memory-store.ts';
import { wallet } from './open-books.ts';

let store: MemoryStore;
let desk: Desk;
let batches: number[];
beforeEach(() => {
  store = new MemoryStore({ wallets: [wallet(0, 'a'), wallet(0, 'b'), wallet(0, 'c')] });
  batches = [];
  desk = new Desk(store, { batchMax: 4, queueMax: 6, waitMaxMs: 2_000, lockPatienceMs: 1_000 }, (size) => batches.push(size));
});

const charge = (userId: string, amount: number): DeskRequest<number> => ({
  needs: { wallets: [userId] },
  decide: (books) => decideCharge(books, defaultRules, userId, amount).balance,
});
const broken: DeskRequest<number> = {
  needs: { wallets: ['b'] },
  decide: (books) => {
    books.changeBalance('b', 'CHARGE', 1, {});
    throw new InvariantBroken('poisoned');
  },
};
/** Those who are submitted in one turn of the event loop share a batch. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const reasonOf = (outcome: PromiseSettledResult<unknown> | undefined): unknown => (outcome?.status === 'rejected' ? outcome.reason : undefined);

describe('batches', () => {
  test('an idle desk begins with those who come in one turn; those who come meanwhile share the next batch, up to its limit', async () => {
    const go = store.pause();
    const first = ['a', 'b'].map((userId) => desk.submit(charge(userId, 1)));
    await nextTurn();
    const others = ['c', 'a', 'b', 'c', 'a'].map((userId) => desk.submit(charge(userId, 1)));
    expect(batches).toEqual([2]);
    expect(desk.waiting).toBe(5);

    go();
    await Promise.all([...first, ...others]);

    expect(batches).toEqual([2, 4, 1]);
  });

  test('requests are decided in the order in which they came, each seeing those before it', async () => {
    const answers = await Promise.all([5, 20, 300, 4_000].map((amount) => desk.submit(charge('a', amount))));

    expect(answers).toEqual([5, 25, 325, 4_325].map((value) => ({ value, replayed: false })));
    expect(store.balance('a')).toBe(4_325);
  });

  test('one transaction asks for the rows of all its requests, each once, in one order everywhere', async () => {
    await Promise.all(['a', 'c', 'b', 'c', 'a'].map((userId) => desk.submit(charge(userId, 1))));

    expect(store.transactions.map(({ wallets }) => wallets)).toEqual([['a', 'b', 'c'], ['a']]);
  });

  test('a request beyond the limit of the queue is refused as OVERLOADED, and the others are served', async () => {
    const go = store.pause();
    const first = desk.submit(charge('a', 1));
    await nextTurn();
    const accepted = Array.from({ length: 6 }, () => desk.submit(charge('a', 1)));
    await expect(desk.submit(charge('a', 1))).rejects.toMatchObject({ code: 'OVERLOADED' });

    go();
    await Promise.all([first, ...accepted]);

    expect(store.balance('a')).toBe(7);
    await expect(desk.submit(charge('a', 1))).resolves.toEqual({ value: 8, replayed: false });
  });

  test('draining waits for everything that was submitted, and not at all when idle', async () => {
    await desk.drain();
    const go = store.pause();
    const answered: string[] = [];
    const answers = ['a', 'b', 'c'].map(async (userId) => {
      await desk.submit(charge(userId, 1));
      answered.push(userId);
    });
    const drained = desk.drain().then(() => answered.push('drained'));

    go();
    await Promise.all([...answers, drained]);

    expect(answered.toSorted()).toEqual(['a', 'b', 'c', 'drained']);
    expect(['a', 'b', 'c'].map((userId) => store.balance(userId))).toEqual([1, 1, 1]);
  });
});

describe('what goes wrong', () => {
  test('a refusal concerns only its own request', async () => {
    const outcomes = await Promise.allSettled([charge('a', 1), charge('a', -1), charge('nobody', 1), charge('b', 1)].map((each) => desk.submit(each)));

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect([reasonOf(outcomes[1]), reasonOf(outcomes[2])]).toMatchObject([{ code: 'VALIDATION_FAILED' }, { code: 'USER_NOT_FOUND' }]);
    expect(batches).toEqual([4]);
  });

  test('a poisoned request fails alone: its neighbours are decided and nothing of it is kept', async () => {
    const outcomes = await Promise.allSettled([charge('a', 1), charge('b', 10), broken, charge('c', 100)].map((each) => desk.submit(each)));

    expect(reasonOf(outcomes[2])).toBeInstanceOf(InvariantBroken);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(['a', 'b', 'c'].map((userId) => store.balance(userId))).toEqual([1, 10, 100]);
  });

  test('a refusal after something was written is a bug, and rolls back', async () => {
    const late: DeskRequest<number> = {
      needs: { wallets: ['a'] },
      decide: (books) => {
        books.changeBalance('a', 'CHARGE', 1, {});
        throw new Refusal('OUT_OF_STOCK');
      },
    };

    await expect(desk.submit(late)).rejects.toBeInstanceOf(InvariantBroken);
    expect(store.balance('a')).toBe(0);
  });

  test('a batch that the store cannot take is taken one by one', async () => {
    const go = store.pause();
    const first = desk.submit(charge('a', 1));
    await nextTurn();
    const others = Array.from({ length: 3 }, () => desk.submit(charge('a', 1)));
    store.failures = [undefined, new Error('one row of it')];

    go();

    expect((await Promise.all([first, ...others])).map(({ value }) => value)).toEqual([1, 2, 3, 4]);
    expect(store.transactions).toHaveLength(5);
  });

  test('a conflict is tried again until it passes', async () => {
    store.failures = [new StoreConflict(), new StoreConflict(), new StoreConflict(), new StoreConflict()];

    await expect(desk.submit(charge('a', 1))).resolves.toEqual({ value: 1, replayed: false });
    expect(store.transactions).toHaveLength(5);
  });

  test('a conflict that does not pass is given up after five attempts', async () => {
    store.failures = Array.from({ length: 9 }, () => new StoreConflict());

    await expect(desk.submit(charge('a', 1))).rejects.toBeInstanceOf(StoreConflict);
    expect(store.transactions).toHaveLength(5);
  });

  test('a store that cannot be reached fails the whole batch at once, and the desk goes on when it is back', async () => {
    const go = store.pause();
    const first = desk.submit(charge('a', 1));
    await nextTurn();
    const others = Array.from({ length: 3 }, () => desk.submit(charge('a', 1)));
    store.failures = [undefined, new StoreUnavailable()];

    go();
    const outcomes = await Promise.allSettled([first, ...others]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(store.transactions).toHaveLength(2);
    await expect(desk.submit(charge('a', 1))).resolves.toEqual({ value: 2, replayed: false });
  });
});
