import type { LockedNeed, Needs } from './ports.ts';

interface Seen extends LockedNeed {
  sinceMs: number;
}

/** Without news, a lock is forgotten after this time. */
const memoryMs = 1_000;

/**
 * What a desk knows of locks that others hold on rows that it needs. It looks only after a batch has waited in vain for a lock, and
 * until nothing is locked any more.
 *
 * Another desk's batch holds a row for some milliseconds, and then the next one does, which is another transaction. A row that the
 * same transaction holds for longer than a lock is waited for is held from outside.
 */
export class LockedRows {
  readonly #patienceMs: number;
  #rows = new Map<string, Seen>();
  #lookedMs = -Infinity;
  #alert = false;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Whether to look before the next batch. */
  get alert(): boolean {
    return this.#alert;
  }

  raiseAlert(): void {
    this.#alert = true;
  }

  /** What was found locked when it was last looked. */
  get needs(): { needs: Partial<Needs> } {
    const needs: Partial<Needs> = {};
    for (const { kind, id } of this.#rows.values()) (needs[kind] ??= []).push(id);
    return { needs };
  }

  /** Takes in what was found at a look at everything that was known to be locked and more. */
  see(found: LockedNeed[]): void {
    const nowMs = performance.now();
    const before = nowMs - this.#lookedMs < memoryMs ? this.#rows : new Map<string, Seen>();
    this.#lookedMs = nowMs;
    this.#rows = new Map();
    for (const need of found) {
      const id = seenId(need.kind, need.id);
      const earlier = before.get(id);
      const same = earlier?.holder === need.holder;
      // One need may come down to several rows; one of them that stays locked is enough.
      if (same || !this.#rows.has(id)) this.#rows.set(id, { ...need, sinceMs: same ? earlier.sinceMs : nowMs });
    }
    this.#alert = found.length > 0;
  }

  /** Whether something needed is locked: just now, or from outside for so long that nobody should wait for it. */
  stateOf(needs: Partial<Needs>): 'free' | 'locked' | 'held' {
    let state: 'free' | 'locked' = 'free';
    for (const kind of Object.keys(needs) as (keyof Needs)[]) {
      for (const id of needs[kind] ?? []) {
        const seen = this.#rows.get(seenId(kind, id));
        if (seen && this.#lookedMs - seen.sinceMs >= this.#patienceMs) return 'held';
        if (seen) state = 'locked';
      }
    }
    return state;
  }
}

function seenId(kind: keyof Needs, id: string): string {
  return `${kind} ${id}`;
}
