import { setImmediate } from 'node:timers/promises';

/** Reads what `key` names, or waits for a read that others wait for too. */
export type SharedRead<T> = (key: string, read: () => Promise<T>) => Promise<T>;

/**
 * Lets requests for the same thing share one read. A request never gets what was read before it came: while a read is running, later
 * ones wait for the next, which begins when the running one has ended. A read begins after the turn of the event loop in which it was
 * asked for or could begin, so that all requests which that turn brings share it.
 */
export function sharedReads<T>(): SharedRead<T> {
  const running = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();

  async function readNext(key: string, read: () => Promise<T>): Promise<T> {
    const current = running.get(key);
    // Whether it fails is for those who wait for it.
    if (current) await current.catch(() => {});
    await setImmediate();
    next.delete(key);
    const reading = read();
    running.set(key, reading);
    try {
      return await reading;
    } finally {
      running.delete(key);
    }
  }

  return (key, read) => {
    const reading = next.get(key) ?? readNext(key, read);
    next.set(key, reading);
    return reading;
  };
}

/** Like `sharedReads`, for rows by id: all ids that are asked for while a read is running are read together by the next. */
export function batchedReads<T>(readAll: (ids: string[]) => Promise<Map<string, T>>): (id: string) => Promise<T | undefined> {
  const shared = sharedReads<Map<string, T>>();
  let asked = new Set<string>();
  return async (id) => {
    asked.add(id);
    const found = await shared('', () => {
      const ids = [...asked];
      asked = new Set();
      return readAll(ids);
    });
    return found.get(id);
  };
}
