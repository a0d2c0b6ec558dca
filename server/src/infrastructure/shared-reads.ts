/** Reads what `key` names, or waits for a read that others wait for too. */
export type SharedRead<T> = (key: string, read: () => Promise<T>) => Promise<T>;

/**
 * Lets requests for the same thing share one read. A request never gets what was read before it came: while a read is running,
 * later ones wait for the next, which begins when the running one has ended. An idle key is read at once.
 */
export function sharedReads<T>(): SharedRead<T> {
  const running = new Map<string, { current: Promise<T>; next?: Promise<T> }>();

  async function begin(key: string, read: () => Promise<T>): Promise<T> {
    const reading = { current: read() };
    running.set(key, reading);
    try {
      return await reading.current;
    } finally {
      if (!('next' in reading)) running.delete(key);
    }
  }

  return (key, read) => {
    const reading = running.get(key);
    if (!reading) return begin(key, read);
    // Whether the running one fails is for those who wait for it.
    reading.next ??= reading.current.then(
      () => begin(key, read),
      () => begin(key, read),
    );
    return reading.next;
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
