import { array, assert, date, property } from 'fast-check';
import { expect, test } from 'vitest';
import { timeText } from '../../src/domain/time-text.ts';

test('a time is told as itself, however many others have been told before and between', () => {
  const times = array(date({ noInvalidDate: true }), { minLength: 1, maxLength: 200, size: 'max' });
  assert(property(times, (told) => {
    expect([...told, ...told].map(timeText)).toEqual([...told, ...told].map((time) => time.toISOString()));
  }));
});

test('what is no time is refused, as by the date itself', () => {
  expect(() => timeText(new Date(Number.NaN))).toThrow(RangeError);
});
