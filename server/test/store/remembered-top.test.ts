import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { TopProductView } from '../../src/application/views.ts';
import { type RememberedTop, rememberedTop } from '../../src/infrastructure/remembered-top.ts';

let sums: PromiseWithResolvers<TopProductView[]>[];
let remembered: RememberedTop;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  sums = [];
  remembered = rememberedTop(() => {
    const sum = Promise.withResolvers<TopProductView[]>();
    sums.push(sum);
    return sum.promise;
  });
});
afterEach(() => void vi.useRealTimers());

const ranked = (...sales: number[]): TopProductView[] => sales.map((totalSales, index) => ({ productId: `${index}`, name: 'A', price: 1, totalSales }));
const top = async (limit = 5) => (await remembered.top(3, limit, 'en')).map(({ totalSales }) => totalSales);

/** One that took half a second, so that it is fresh for five seconds from its beginning. */
async function summedOnce(): Promise<void> {
  const first = top();
  vi.advanceTimersByTime(500);
  sums[0]?.resolve(ranked(9, 8));
  await first;
}

test('readers of any limit share one sum for ten times as long as it took', async () => {
  await summedOnce();
  vi.advanceTimersByTime(4_499);

  expect([await top(1), await top(2)]).toEqual([[9], [9, 8]]);
  expect(sums).toHaveLength(1);
});

test('after that nobody waits for the next sum, which begins once, and everybody gets it when it is there', async () => {
  await summedOnce();
  vi.advanceTimersByTime(4_500);

  expect([await top(), await top()]).toEqual([[9, 8], [9, 8]]);
  expect(sums).toHaveLength(2);
  sums[1]?.resolve(ranked(10));
  await Promise.resolve();
  expect(await top()).toEqual([10]);
});

test('what is twice as old is not shown: readers wait for the next sum', async () => {
  await summedOnce();
  vi.advanceTimersByTime(9_500);
  const waiting = [top(), top()];
  sums[1]?.resolve(ranked(10));

  expect(await Promise.all(waiting)).toEqual([[10], [10]]);
  expect(sums).toHaveLength(2);
});

test('a sum that fails is for those who wait for it; the next reader has it summed anew', async () => {
  const first = top();
  sums[0]?.reject(new Error('connection lost'));
  await expect(first).rejects.toThrow('connection lost');
  const second = top();
  sums[1]?.resolve(ranked(1));

  expect(await second).toEqual([1]);
});

test('a window that somebody asked for in the last five minutes is summed again before the next one asks', async () => {
  await summedOnce();
  vi.advanceTimersByTime(299_500);
  const kept = remembered.keepFresh();
  sums[1]?.resolve(ranked(10));
  await kept;

  expect(await top()).toEqual([10]);
  expect(sums).toHaveLength(2);
});

test('a fresh window is not summed again, and one that nobody has asked for lately is left alone', async () => {
  await summedOnce();
  await remembered.keepFresh();
  vi.advanceTimersByTime(300_001);
  await remembered.keepFresh();

  expect(sums).toHaveLength(1);
});

test('a sum that fails while nobody waits for it is made again the next time', async () => {
  await summedOnce();
  vi.advanceTimersByTime(10_000);
  const failing = remembered.keepFresh();
  sums[1]?.reject(new Error('connection lost'));
  await failing;
  const kept = remembered.keepFresh();
  sums[2]?.resolve(ranked(10));
  await kept;

  expect(await top()).toEqual([10]);
});

test('however many windows are asked for, keeping them fresh takes a tenth of the time, and each has its turn', async () => {
  const summedDays: number[] = [];
  const slow = rememberedTop(async (days) => {
    summedDays.push(days);
    vi.advanceTimersByTime(400);
    return ranked(1);
  });
  for (const days of [1, 2, 3]) await slow.top(days, 5, 'en');
  summedDays.length = 0;

  for (let second = 0; second < 60; second += 1) {
    vi.advanceTimersByTime(1_000);
    await slow.keepFresh();
  }

  expect(summedDays.length * 400).toBeLessThanOrEqual(60 * 100 + 400);
  expect(new Set(summedDays)).toEqual(new Set([1, 2, 3]));
});
