import { type BinaryType, formatOf } from './binary-values.ts';

/**
 * Gives a one-dimensional array as a parameter in PostgreSQL's binary format: a text array is escaped, unescaped and parsed value by
 * value, which costs an order more time than its rows' indexes do. Null is NULL.
 */
export function arrayParameter(type: BinaryType, values: readonly unknown[]): Buffer {
  const { oid, bytesOf, write } = formatOf(type);
  const headerBytes = values.length === 0 ? 12 : 20;
  let length = headerBytes;
  let nulls = 0;
  for (const value of values) {
    length += 4;
    if (value === null) nulls = 1;
    else length += bytesOf(value);
  }
  const array = Buffer.allocUnsafe(length);
  array.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  array.writeInt32BE(nulls, 4);
  array.writeInt32BE(oid, 8);
  if (values.length === 0) return array;
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16);
  let at = headerBytes;
  for (const value of values) {
    const bytes = value === null ? -1 : bytesOf(value);
    array.writeInt32BE(bytes, at);
    at += 4;
    if (bytes < 0) continue;
    write(array, at, value);
    at += bytes;
  }
  return array;
}
