import { LRUCache } from 'lru-cache';
import { type SharedRead, sharedReads } from './shared-reads.ts';

/**
 * Remembers what was read, at most `rememberedMax` of it, for as long as nothing at all is committed: `committedState` gives what is
 * another text after every commit. So nobody gets what was read before a commit that preceded their request. What no longer holds is
 * read once for all who ask for it together.
 */
export function readsUntilCommit<T>(committedState: () => Promise<string>, rememberedMax: number): SharedRead<T> {
  const remembered = new LRUCache<string, { state: string; value: T }>({ max: rememberedMax });
  const shared = sharedReads<T>();
  return async (key, read) => {
    // Asked for before the read: what is committed between the two is read again by the next.
    const state = await committedState();
    const known = remembered.get(key);
    if (known?.state === state) return known.value;
    return shared(key, async () => {
      const value = await read();
      remembered.set(key, { state, value });
      return value;
    });
  };
}
