import { randomBytes } from 'node:crypto';
import { assertInvariant } from '../../domain/refusal.ts';

/** What the counter of a transaction's ids has room for: 20 bits. */
const idsMax = 2 ** 20;

/**
 * Gives a source of increasing UUIDv7 for one transaction, made from the database's clock. Whoever locks a row next reads a later
 * microsecond, so the ids in a row's history increase in the order in which it changed, whatever the clocks of the instances say.
 *
 * After the milliseconds come the microsecond, a counter, and 40 bits of chance (RFC 9562, 6.2, methods 3 and 1).
 */
export function idsAt(microseconds: number): () => string {
  const microsecond = ((microseconds % 1000) * 4).toString(16).padStart(3, '0');
  const time = `${timeDigits(Math.floor(microseconds / 1000))}-7${microsecond}`;
  let made = 0;
  return () => {
    assertInvariant(made < idsMax, 'a transaction has more ids than its microsecond has room for');
    // The first two bits are the variant, the last two are free.
    const counter = (2 ** 23 + made * 4).toString(16);
    made += 1;
    return `${time}-${counter.slice(0, 4)}-${counter.slice(4)}${randomDigits()}`;
  };
}

const bytesOfChance = 5;
/** Drawn for 256 ids at a time: asking the operating system for each would cost more than all else about an id. */
let drawn = '';
let used = 0;

function randomDigits(): string {
  if (used === drawn.length) {
    drawn = randomBytes(bytesOfChance * 256).toString('hex');
    used = 0;
  }
  used += bytesOfChance * 2;
  return drawn.slice(used - bytesOfChance * 2, used);
}

/** The last id there can be. */
export const idMax = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** No id of that millisecond, or of a later one, is smaller; all ids of earlier ones are. */
export function firstIdAt(time: Date): string {
  const msecs = Math.min(Math.max(time.getTime(), 0), 2 ** 48 - 1);
  return `${timeDigits(msecs)}-0000-0000-000000000000`;
}

function timeDigits(msecs: number): string {
  const hex = msecs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
