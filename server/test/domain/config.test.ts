import { describe, expect, test } from 'vitest';
import { StartError, isLoopback, readConfig, settings } from '../../src/config.ts';

const secret = 'a secret of at least thirty-two characters';
const database = 'postgres://openrun@127.0.0.1/openrun';

function complaint(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof StartError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

test('nothing has to be set', () => {
  expect(readConfig({})).toMatchObject({ PORT: 3_000, HOST: '127.0.0.1', WALLET_BALANCE_MAX: 1_000_000, ACCESS_TOKEN_MINUTES: 15, DATABASE_URL: undefined });
});

test('an empty value counts as unset, and unknown variables are none of ours', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '', AUTH_SECRET: '', EDITOR: 'ed' })).toEqual(readConfig({}));
});

type Bounds = { type?: string; minimum?: number; maximum?: number };
const numbers = Object.entries(settings).filter(([, { schema }]) => (schema as Bounds).type === 'integer');

describe.each(numbers)('%s', (name, { schema }) => {
  const { minimum = 0, maximum = 0 } = schema as Bounds;

  test.each([minimum, maximum])('%d is accepted', (value) => {
    expect(readConfig({ [name]: String(value) })).toMatchObject({ [name]: value });
  });

  test.each([String(minimum - 1), String(maximum + 1), `${minimum}.5`, 'many', 'true', '0x1000', '1e3', 'NaN', 'Infinity', '1 2'])('%j is named in one clear line', (value) => {
    expect(complaint({ [name]: value })).toBe(`Bad setting: ${name} must be a whole number from ${minimum} to ${maximum}.`);
  });
});

const others: [string, string, string][] = [
  ['LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent'],
  ['TOP_PRODUCTS_MODE', 'hourly', 'must be one of live, daily'],
  ['TOP_PRODUCTS_TIME_ZONE', 'Seoul', 'must be an IANA time zone such as Asia/Seoul'],
  ['DATABASE_URL', 'mysql://127.0.0.1/openrun', 'must start with postgres:// or postgresql://'],
  ['TRUST_PROXY', 'everyone', 'must be addresses or networks separated by commas'],
  ['METRICS_TOKEN', 'short', 'must have at least 16 characters, visible and ASCII'],
  ['AUTH_SECRET', 'x'.repeat(31), 'must have at least 32 characters'],
];

test.each(others)('%s=%s is named in one clear line, without the value of a secret', (name, value, expectation) => {
  expect(complaint({ DATABASE_URL: database, AUTH_SECRET: secret, [name]: value })).toBe(`Bad setting: ${name} ${expectation}.`);
});

test('every setting of a kind that can be wrong is covered above', () => {
  const covered = new Set([...numbers, ...others].map(([name]) => name));
  expect(Object.keys(settings).filter((name) => !covered.has(name))).toEqual(['OPENRUN_DATA_DIR', 'HOST']);
});

test('several bad settings are all named at once', () => {
  expect(complaint({ PORT: '-1', LOG_LEVEL: 'loud' })).toMatch(/^Bad setting: PORT must be .*; LOG_LEVEL must be .*\.$/);
});

test('a database of their own needs a secret of their own', () => {
  expect(complaint({ DATABASE_URL: database })).toMatch(/^AUTH_SECRET is missing: /);
  expect(readConfig({ DATABASE_URL: database, AUTH_SECRET: secret })).toMatchObject({ DATABASE_URL: database });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.1', false],
  ['127.0.0.1.example.com', false],
])('%s is only of this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
