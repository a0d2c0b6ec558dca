import { totalmem } from 'node:os';

const MEBIBYTE = 2 ** 20;
/** Enough for a start on any machine. */
const LEAST_MIB = 256;
/** What a shop of ten million orders was measured with: docs/performance.md. */
const MOST_MIB = 2048;

/** Gives the memory that this process may use, in bytes: the machine's, or less where its container has a limit. */
export function usableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * Gives the `shared_buffers` of a new cluster, in MiB, for that many bytes of memory: a sixteenth, 256 to 2,048. That is less than the quarter which
 * PostgreSQL's manual advises for a machine of its own, because the server and whatever else runs on this one need theirs.
 */
export function sharedBuffersMib(memory: number): number {
  return Math.min(Math.max(Math.floor(memory / 16 / MEBIBYTE), LEAST_MIB), MOST_MIB);
}
