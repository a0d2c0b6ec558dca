import { assertInvariant } from '../../domain/refusal.ts';

/** How the values of a type stand in PostgreSQL's binary format. */
interface BinaryFormat<T = never> {
  oid: number;
  bytesOf: (value: T) => number;
  write: (into: Buffer, at: number, value: T) => void;
}

const fixed = <T>(oid: number, bytes: number, write: BinaryFormat<T>['write']): BinaryFormat<T> => ({ oid, bytesOf: () => bytes, write });

const year2000 = Date.UTC(2000, 0);

const formats = {
  uuid: fixed<string>(2950, 16, writeUuid),
  smallint: fixed<number>(21, 2, (into, at, value) => into.writeInt16BE(value, at)),
  integer: fixed<number>(23, 4, (into, at, value) => into.writeInt32BE(value, at)),
  bigint: fixed<number>(20, 8, writeBigint),
  // Microseconds since 2000.
  timestamptz: fixed<Date>(1184, 8, (into, at, time) => writeBigint(into, at, (time.getTime() - year2000) * 1000)),
  text: { oid: 25, bytesOf: (text: string) => Buffer.byteLength(text), write: (into: Buffer, at: number, text: string) => into.write(text, at) },
  bytea: { oid: 17, bytesOf: (bytes: Buffer) => bytes.length, write: (into: Buffer, at: number, bytes: Buffer) => into.set(bytes, at) },
  // The first byte is the format's version.
  jsonb: {
    oid: 3802,
    bytesOf: (json: string) => Buffer.byteLength(json) + 1,
    write(into: Buffer, at: number, json: string) {
      into[at] = 1;
      into.write(json, at + 1);
    },
  },
} satisfies Record<string, BinaryFormat>;

export type BinaryType = keyof typeof formats;

/** `jsonb` takes JSON texts, `timestamptz` dates. */
export const formatOf = (type: BinaryType): BinaryFormat<unknown> => formats[type] as BinaryFormat<unknown>;

/** Where in the text of a UUID the two digits of each byte stand. */
const digitsAt = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
/** By the code of the character; -1 for what is not a hexadecimal digit. */
const digitOf = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()));

/** An order has some thirty ids to be stored: Node's own conversion, of a text without dashes, takes several times as long. */
function writeUuid(into: Buffer, at: number, id: string): void {
  let wrong = id.length === 36 ? 0 : -1;
  for (let byte = 0; byte < 16; byte += 1) {
    const digit = digitsAt[byte] ?? 0;
    const high = digitOf[id.charCodeAt(digit)] ?? -1;
    const low = digitOf[id.charCodeAt(digit + 1)] ?? -1;
    wrong |= high | low;
    into[at + byte] = (high << 4) | low;
  }
  assertInvariant(wrong >= 0, `${id} is not a UUID`);
}

/** Without BigInt, which would be an allocation for each. Our integers are safe ones. */
function writeBigint(into: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  into.writeInt32BE(high, at);
  into.writeUInt32BE(value - high * 2 ** 32, at + 4);
}
