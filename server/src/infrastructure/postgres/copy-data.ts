import { type BinaryType, formatOf } from './binary-values.ts';

// The signature, no flags, no further header: see "Binary Format" under COPY in PostgreSQL's manual.
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** Gives rows as COPY reads them in its binary format. Takes the values column by column; null is NULL. */
export function copyData(types: readonly BinaryType[], columns: readonly (readonly unknown[])[]): Buffer {
  const formats = types.map(formatOf);
  const rowCount = columns[0]?.length ?? 0;
  let length = header.length + rowCount * (2 + 4 * types.length) + 2;
  formats.forEach(({ bytesOf }, column) => {
    for (const value of columns[column] ?? []) if (value !== null) length += bytesOf(value);
  });
  const data = Buffer.allocUnsafe(length);
  let at = header.copy(data);
  for (let row = 0; row < rowCount; row += 1) {
    at = data.writeInt16BE(types.length, at);
    for (const [column, { bytesOf, write }] of formats.entries()) {
      const value = columns[column]?.[row];
      const bytes = value === null ? -1 : bytesOf(value);
      at = data.writeInt32BE(bytes, at);
      if (bytes < 0) continue;
      write(data, at, value);
      at += bytes;
    }
  }
  data.writeInt16BE(-1, at);
  return data;
}
