import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { repeat } from '../../src/interfaces/worker/repeat.ts';

const log = { error: vi.fn() };
let runs: number[];
beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  log.error.mockClear();
  runs = [];
});
afterEach(() => vi.useRealTimers());

const run = async () => void runs.push(Date.now());
const failing = async () => {
  await run();
  throw new Error('database away');
};

test('a job runs at once, then at its pace', async () => {
  repeat({ name: 'job', run, everyMs: 1_000 }, log);
  await vi.advanceTimersByTimeAsync(2_500);

  expect(runs).toEqual([0, 1_000, 2_000]);
});

test('waking brings the next run forward, but not into the rest after the last one', async () => {
  const job = repeat({ name: 'job', run, everyMs: 1_000, restMs: 100 }, log);
  await vi.advanceTimersByTimeAsync(10);
  for (let n = 0; n < 5; n += 1) job.wake();
  await vi.advanceTimersByTimeAsync(290);
  job.wake();
  await vi.advanceTimersByTimeAsync(1_000);

  expect(runs).toEqual([0, 100, 300, 1_300]);
});

test('a run that leaves something to do is followed by the next after its rest only', async () => {
  const some = async () => {
    await run();
    return runs.length < 3;
  };
  repeat({ name: 'job', run: some, everyMs: 1_000, restMs: 100 }, log);
  await vi.advanceTimersByTimeAsync(1_500);

  expect(runs).toEqual([0, 100, 200, 1_200]);
});

test('a clock that is set back delays nothing', async () => {
  let count = 0;
  const job = repeat({ name: 'job', run: async () => void (count += 1), everyMs: 1_000, restMs: 100 }, log);
  await vi.advanceTimersByTimeAsync(10);
  vi.setSystemTime(-300_000);
  job.wake();
  await vi.advanceTimersByTimeAsync(100);

  expect(count).toBe(2);
});

test('a job never runs twice at once; woken during a run it runs again after it', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let running = 0;
  const slow = async () => {
    running += 1;
    expect(running).toBe(1);
    await run();
    if (runs.length === 1) await promise;
    running -= 1;
  };
  const job = repeat({ name: 'job', run: slow, everyMs: 60_000, restMs: 10 }, log);
  await vi.advanceTimersByTimeAsync(500);
  job.wake();
  await vi.advanceTimersByTimeAsync(500);
  resolve();
  await vi.advanceTimersByTimeAsync(20);

  expect(runs).toEqual([0, 1_010]);
});

test('a run that fails is logged and tried again', async () => {
  repeat({ name: 'job', run: failing, everyMs: 1_000 }, log);
  await vi.advanceTimersByTimeAsync(1_500);

  expect(runs).toEqual([0, 1_000]);
  expect(log.error).toHaveBeenCalledTimes(2);
  expect(log.error).toHaveBeenCalledWith({ err: expect.objectContaining({ message: 'database away' }) }, 'job failed');
});

test('stopping waits for the run under way, and nothing runs after it, woken or not', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const job = repeat({ name: 'job', run: () => run().then(() => promise), everyMs: 10 }, log);
  await vi.advanceTimersByTimeAsync(5);
  let stopped = false;
  const stopping = job.stop().then(() => (stopped = true));
  await vi.advanceTimersByTimeAsync(100);
  expect(stopped).toBe(false);

  resolve();
  await stopping;
  job.wake();
  await vi.advanceTimersByTimeAsync(1_000);

  expect(runs).toEqual([0]);
});
