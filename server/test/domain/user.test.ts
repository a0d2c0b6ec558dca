import { expect, test } from 'vitest';
import { normalizeEmail, subjectOf } from '../../src/domain/user.ts';

test.each(['kim@example.com', ' Kim@Example.COM ', 'KIM@EXAMPLE.COM'])('%j is the account kim@example.com', (email) => {
  expect(normalizeEmail(email)).toBe('kim@example.com');
});

test.each([
  ['customer', undefined, 'me'],
  ['customer', 'me', 'me'],
  ['customer', 'another', undefined],
  ['operator', undefined, 'me'],
  ['operator', 'another', 'another'],
] as const)('a %s who names %s acts for %s', (role, named, subject) => {
  expect(subjectOf({ userId: 'me', role }, named)).toBe(subject);
});
