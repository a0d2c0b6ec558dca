import * as fc from 'fast-check';
import { validate, version } from 'uuid';
import { expect, test } from 'vitest';
import { firstIdAt, idMax, idsAt } from '../../src/infrastructure/postgres/ids.ts';

/** From 1970 to beyond the year 2200, in microseconds. */
const microseconds = fc.integer({ min: 0, max: 2 ** 53 - 2 });

test('ids are UUIDs of version 7 that say their millisecond', () => {
  fc.assert(
    fc.property(microseconds, (now) => {
      const id = idsAt(now)();
      expect(validate(id) && version(id)).toBe(7);
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(Math.floor(now / 1000));
    }),
  );
});

test('a later microsecond gives only greater ids, however many the earlier one gave', () => {
  fc.assert(
    fc.property(microseconds, fc.integer({ min: 2, max: 2_000 }), (now, count) => {
      const newId = idsAt(now);
      const ids = [...Array.from({ length: count }, newId), idsAt(now + 1)()];
      expect(ids).toEqual(ids.toSorted());
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 20 },
  );
});

test('the bounds of a millisecond hold all of its ids', () => {
  fc.assert(
    fc.property(microseconds, (now) => {
      const id = idsAt(now)();
      const millisecond = Math.floor(now / 1000);
      expect(firstIdAt(new Date(millisecond)) <= id && id < firstIdAt(new Date(millisecond + 1)) && id < idMax).toBe(true);
    }),
  );
});
