import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** Ids that one microsecond can give: the 22 bits of a version 7 sequence that the microsecond leaves free. */
const idsPerMicrosecond = 2 ** 22;

/**
 * Gives a source of increasing UUIDv7 for one transaction, made from the database's clock. Whoever locks a row next reads a later
 * microsecond, so the ids in a row's history increase in the order in which it changed, whatever the clocks of the instances say.
 */
export function idsAt(microseconds: number): () => string {
  const msecs = Math.floor(microseconds / 1000);
  let seq = (microseconds % 1000) * idsPerMicrosecond;
  return () => {
    const id = uuidv7({ msecs, seq, random: nextRandomBytes() });
    seq += 1;
    return id;
  };
}

/** Drawn for 256 ids at a time: asking the operating system for each would cost more than all else about an id. */
const drawn = Buffer.alloc(256 * 16);
let used = drawn.length;

function nextRandomBytes(): Uint8Array {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += 16;
  return drawn.subarray(used - 16, used);
}

/** The last id there can be. */
export const idMax = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** No id of that millisecond, or of a later one, is smaller; all ids of earlier ones are. */
export function firstIdAt(time: Date): string {
  const msecs = Math.min(Math.max(time.getTime(), 0), 2 ** 48 - 1);
  const hex = msecs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
