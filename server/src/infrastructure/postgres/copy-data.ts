import { type BinaryType, formatOf } from './binary-values.ts';

// The signature, no flags, no further header: see "Binary Format" under COPY in PostgreSQL's manual.
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');

/** Gives rows as COPY reads them in its binary format. Takes the values column by column; null is NULL. */
export function copyData(types: readonly BinaryType[], columns: readonly (readonly unknown[])[]): Buffer {
  const rowCount = columns[0]?.length ?? 0;
  // Where in the data the next value of each row stands; first, how long the row is.
  const places = new Int32Array(rowCount).fill(2 + 4 * types.length);
  types.forEach((type, index) => {
    const { bytesOf } = formatOf(type);
    const values = columns[index] ?? [];
    for (let row = 0; row < rowCount; row += 1) {
      const value = values[row];
      if (value !== null) places[row] = (places[row] as number) + bytesOf(value);
    }
  });
  let end = header.length;
  for (let row = 0; row < rowCount; row += 1) {
    const length = places[row] as number;
    places[row] = end;
    end += length;
  }
  const data = Buffer.allocUnsafe(end + 2);
  header.copy(data);
  for (let row = 0; row < rowCount; row += 1) places[row] = data.writeInt16BE(types.length, places[row]);
  types.forEach((type, index) => {
    const { bytesOf, write } = formatOf(type);
    const values = columns[index] ?? [];
    for (let row = 0; row < rowCount; row += 1) {
      const value = values[row];
      const bytes = value === null ? -1 : bytesOf(value);
      const at = data.writeInt32BE(bytes, places[row]);
      if (bytes > 0) write(data, at, value);
      places[row] = at + Math.max(bytes, 0);
    }
  });
  data.writeInt16BE(-1, end);
  return data;
}
