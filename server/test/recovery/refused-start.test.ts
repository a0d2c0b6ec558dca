import { type Server, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../server-process.ts';
import { authSecret, createDatabase } from '../shop.ts';

let occupant: Server;
let takenPort = '';
let databaseUrl = '';
beforeAll(async () => {
  databaseUrl = await createDatabase();
  occupant = createServer();
  await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
  const address = occupant.address();
  takenPort = typeof address === 'object' && address ? String(address.port) : '';
});
afterAll(() => occupant.close());

const startIn = (environment: Record<string, string>) => runCommand(['start'], environment);

test('a taken port is named in one line', async () => {
  const exit = await startIn({ DATABASE_URL: databaseUrl, AUTH_SECRET: authSecret, PORT: takenPort });

  expect(exit).toEqual({ code: 1, stdout: '', stderr: `openrun: Port ${takenPort} on 127.0.0.1 is taken. Stop what uses it, or set PORT to another.\n` });
});

test.each([
  ['nobody listens there', 'postgres://openrun:hush@127.0.0.1:1/openrun'],
  ['the password is wrong', ''],
])('a database that cannot be used (%s) is told in one line, without its password', async (_why, address) => {
  const wrongPassword = new URL(databaseUrl);
  wrongPassword.password = 'hush';

  const exit = await startIn({ DATABASE_URL: address || wrongPassword.href, AUTH_SECRET: authSecret, PORT: '0' });

  expect(exit).toMatchObject({ code: 1, stdout: '' });
  expect(exit.stderr).toMatch(/^openrun: Cannot use the database of DATABASE_URL: .*Check the address and that PostgreSQL is running\.\n$/);
  expect(exit.stderr).not.toContain('hush');
});

test('every bad setting is named, all in one line', async () => {
  const exit = await startIn({ PORT: 'eighty', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://127.0.0.1/openrun' });

  expect(exit).toMatchObject({ code: 1, stdout: '' });
  expect(exit.stderr).toMatch(/^openrun: Bad setting: .*\n$/);
  for (const name of ['PORT must be a whole number from 0 to 65535', 'LOG_LEVEL must be one of', 'DATABASE_URL must start with']) {
    expect(exit.stderr).toContain(name);
  }
});

test('a missing AUTH_SECRET is told in one line', async () => {
  const exit = await startIn({ DATABASE_URL: databaseUrl, PORT: '0' });

  expect(exit).toMatchObject({ code: 1, stdout: '' });
  expect(exit.stderr).toMatch(/^openrun: AUTH_SECRET is missing: .*\n$/);
});
