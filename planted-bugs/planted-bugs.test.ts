import { stripVTControlCharacters } from 'node:util';
import { expect, inject, test } from 'vitest';
import { testTheTests } from './command-line.ts';

/** Gives the exit code, and what was said of each bug. */
async function run(...args: string[]) {
  const lines: string[] = [];
  const code = await testTheTests(args, 'planted-bugs/test', (text) => lines.push(...stripVTControlCharacters(text).split('\n')));
  const verdict = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length).trim();
  return { code, text: lines.join('\n'), verdict };
}

test('a bug that a test notices is caught; one that none notices, or that only keeps the tests from running, is told as survived', { timeout: 300_000 }, async () => {
  process.env['TEST_DATABASE_URL'] = inject('postgresUrl');

  const { code, text, verdict } = await run('--only', 'caught,survives,does-not-load');

  expect(verdict('(no bug)')).toMatch(/^GREEN/);
  expect(verdict('caught')).toMatch(/^CAUGHT +server\/test\/domain\/price\.test\.ts "the largest order possible is still exact"$/);
  expect(verdict('survives')).toBe('SURVIVED');
  expect(verdict('does-not-load')).toBe('SURVIVED');
  expect(text).toContain('1 of 3 planted bugs caught');
  expect(code).toBe(1);
});

test('a patch that no longer fits is told, and nothing is run', async () => {
  const { code, text, verdict } = await run('--only', 'does-not-fit');

  expect(verdict('does-not-fit')).toMatch(/^DOES NOT FIT .*money\.ts/s);
  expect([code, text.includes('GREEN')]).toEqual([1, false]);
});

test('a bug that does not exist is a wrong command line', async () => {
  expect((await run('--only', 'a-bug')).code).toBe(2);
});
