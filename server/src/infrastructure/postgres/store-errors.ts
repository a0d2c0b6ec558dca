import { StoreConflict, StoreLocked, StoreUnavailable } from '../../application/ports.ts';

/** Class 08 is connection trouble; the others are named in the PostgreSQL manual, appendix A. */
const unavailable = new Set([
  '53100', // disk_full
  '53200', // out_of_memory
  '53300', // too_many_connections
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '58030', // io_error
]);
const conflict = new Set(['40001', '40P01']);
const lockNotAvailable = '55P03'; // lock_timeout
const uniqueViolation = '23505';
const networkErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'ENOENT']);

/** Translates what the driver throws into what the application knows; anything unexpected is given back as it is. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as Error & { code?: string };
  // The same Idempotency-Key was recorded by another transaction at the same moment: tried again, its answer is found.
  if (breaksUnique(error, 'idempotency_keys_pkey')) return new StoreConflict(error.message, { cause: error });
  if (code !== undefined && conflict.has(code)) return new StoreConflict(error.message, { cause: error });
  if (code === lockNotAvailable) return new StoreLocked(error.message, { cause: error });
  const lost =
    code === undefined
      ? /terminated|timeout|not queryable|Connection ended/i.test(error.message)
      : unavailable.has(code) || code.startsWith('08') || networkErrors.has(code);
  return lost ? new StoreUnavailable(error.message, { cause: error }) : error;
}

/** Whether the database refused a row because this constraint allows only one of its kind. */
export function breaksUnique(error: unknown, name: string): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code === uniqueViolation && constraint === name;
}
