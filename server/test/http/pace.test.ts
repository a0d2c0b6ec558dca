import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '../../src/interfaces/http/pace.ts';

const done: number[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  done.length = 0;
});
afterEach(() => void vi.useRealTimers());

function ask(pace: Pace, count: number): void {
  for (let n = 0; n < count; n += 1) pace.do(() => done.push(n));
}

test('what is below the pace is done at once', () => {
  const pace = new Pace(1_000);
  for (let second = 0; second < 500; second += 1) {
    ask(pace, 1);
    vi.advanceTimersByTime(1);
  }

  expect(done).toHaveLength(500);
});

test('of a flood no more is done in a second than the pace allows, in order of arrival, and in the end all of it', () => {
  const pace = new Pace(1_000);
  ask(pace, 2_500);
  expect(done).toHaveLength(10);

  vi.advanceTimersByTime(1_000);
  expect(done.length).toBeGreaterThan(900);
  expect(done.length).toBeLessThanOrEqual(1_010);

  vi.advanceTimersByTime(2_000);
  expect(done).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
});

test('a pace of one in a second is kept too', () => {
  const pace = new Pace(1);
  ask(pace, 3);
  expect(done).toEqual([0]);

  vi.advanceTimersByTime(1_020);
  expect(done).toEqual([0, 1]);
});

test('what comes while others wait goes behind them', () => {
  const pace = new Pace(100);
  ask(pace, 3);
  vi.advanceTimersByTime(15);
  pace.do(() => done.push(99));
  vi.advanceTimersByTime(1_000);

  expect(done).toEqual([0, 1, 2, 99]);
});
