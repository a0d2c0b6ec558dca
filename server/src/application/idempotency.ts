import { createHash } from 'node:crypto';
import type { IdempotencyGuard } from './ports.ts';

/**
 * Ties an Idempotency-Key to its caller and to what is asked for. `command` is the request as the use case understood it, so
 * two spellings of one request are the same request. Gives undefined where no key was sent.
 */
export function guardFor(
  callerId: string,
  key: string | undefined,
  operation: string,
  command: unknown,
): IdempotencyGuard | undefined {
  if (key === undefined) return undefined;
  const requestHash = createHash('sha256').update(operation).update('\0').update(JSON.stringify(command)).digest();
  return { callerId, key, requestHash };
}
