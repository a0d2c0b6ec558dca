import { assertInvariant } from '../server/src/domain/refusal.ts';

const mebibytes = 8;
const places = (mebibytes * 2 ** 20) / Int32Array.BYTES_PER_ELEMENT;
const reads = 1_000_000;

/** In each place stands which is read next; one circle through all of them, at random (Sattolo's algorithm). */
function randomCircle(): Int32Array {
  const next = Int32Array.from({ length: places }, (_, place) => place);
  for (let place = places - 1; place > 0; place -= 1) {
    const other = Math.floor(Math.random() * place);
    [next[place], next[other]] = [next[other] as number, next[place] as number];
  }
  return next;
}

let circle: Int32Array | undefined;

/**
 * How long one read at a random place of 8 MiB takes, in words: 10 to 20 ns where the processor's last cache is there for it, 100 and
 * more where others on the machine fill that cache. The shop and PostgreSQL live in that cache, and a bare server does not need it, so
 * neighbours show in the ratios to floors, too.
 */
export function memoryLatency(): string {
  circle ??= randomCircle();
  let place = follow(circle, 0, reads / 10);
  const startedMs = performance.now();
  place = follow(circle, place, reads);
  const eachNs = ((performance.now() - startedMs) * 1e6) / reads;
  // What is not used need not be read.
  assertInvariant(place >= 0, 'the circle was left');
  return `${eachNs.toFixed(0)} ns for a read at random in ${mebibytes} MiB`;
}

function follow(next: Int32Array, from: number, count: number): number {
  let place = from;
  for (let read = 0; read < count; read += 1) place = next[place] as number;
  return place;
}
