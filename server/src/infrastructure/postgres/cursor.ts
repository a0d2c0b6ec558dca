import { Refusal } from '../../domain/refusal.ts';
import type { Page } from '../../application/ports.ts';

/** A cursor is the sort key of the last row that was seen, opaque to clients. `kind` keeps one list's cursor from another's. */
export function encodeCursor(kind: string, values: (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...values])).toString('base64url');
}

/** Gives the values, of the types asked for. Refuses INVALID_CURSOR for anything that this list did not hand out. */
export function decodeCursor(kind: string, cursor: string, types: ('uuid' | 'number' | 'string')[]): (string | number)[] {
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new Refusal('INVALID_CURSOR');
  }
  if (!Array.isArray(decoded) || decoded.length !== types.length + 1 || decoded[0] !== kind) throw new Refusal('INVALID_CURSOR');
  return types.map((type, index) => {
    const value: unknown = decoded[index + 1];
    const fits =
      type === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && (type === 'uuid' ? isUuid(value) : isText(value));
    if (!fits) throw new Refusal('INVALID_CURSOR');
    return value as string | number;
  });
}

/** Makes a page of rows that were read with one more than the limit: the extra row only tells that there is a next page. */
export function pageOf<Row, View>(
  rows: Row[],
  limit: number,
  toView: (row: Row) => View,
  toCursor: (row: Row) => string,
): Page<View> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown.map(toView), next: rows.length > limit && last ? toCursor(last) : undefined };
}

function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

/** Text that PostgreSQL can store: no NUL and no lone surrogate. */
function isText(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}
