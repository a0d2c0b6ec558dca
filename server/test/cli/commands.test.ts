import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../server-process.ts';
import { type TestShop, authSecret, createDatabase, openShop, send } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const run = (args: string[], environment: Record<string, string> = {}) =>
  runCommand(args, { DATABASE_URL: shop.databaseUrl, AUTH_SECRET: authSecret, ...environment });

describe('operator and token', () => {
  const password = 'kept out of the arguments';

  test('an operator made with a password from the environment can log in, act for others, and get a token', async () => {
    const made = await run(['operator', '--email', 'Boss@Test.Example', '--name', 'Boss'], { OPENRUN_OPERATOR_PASSWORD: password });
    expect(made).toMatchObject({ code: 0, stderr: '' });

    const login = await send(shop.app, undefined, 'POST', '/auth/login', { email: 'boss@test.example', password });
    const me = await send(shop.app, login.body.accessToken, 'GET', '/me');
    expect(me.body).toMatchObject({ userId: made.stdout.trim(), role: 'operator', name: 'Boss', email: 'boss@test.example' });

    const issued = await run(['token', 'boss@test.example', '--hours', '1']);
    expect(issued).toMatchObject({ code: 0, stderr: '' });
    const [buyer, byToken] = [await shop.newBuyer(300), issued.stdout.trim()];
    expect((await send(shop.app, byToken, 'GET', `/balance?userId=${buyer.userId}`)).body).toEqual({ userId: buyer.userId, currentBalance: 300 });
  });

  test('a second operator with the same address is refused in one line', async () => {
    const again = await run(['operator', '--email', 'boss@test.example'], { OPENRUN_OPERATOR_PASSWORD: password });

    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/^openrun: .*EMAIL_TAKEN.*\n$/);
  });

  test.each([
    ['a short password', ['operator', '--email', 'new@test.example'], { OPENRUN_OPERATOR_PASSWORD: 'short' }],
    ['a token for nobody', ['token', 'nobody@test.example'], {}],
  ])('%s is refused in one line', async (_what, args, environment) => {
    const exit = await run(args, environment);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toMatch(/^openrun: [^\n]+\n$/);
  });
});

test('migrate, then seed, fill an empty database once, however often they run', async () => {
  const environment = { DATABASE_URL: await createDatabase() };

  expect(await run(['migrate'], environment)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Migrated: 0001-identity, /), stderr: '' });
  expect(await run(['migrate'], environment)).toEqual({ code: 0, stdout: 'Nothing to migrate.\n', stderr: '' });
  expect(await run(['seed'], environment)).toEqual({ code: 0, stdout: 'The sample shop is loaded.\n', stderr: '' });
  expect(await run(['seed'], environment)).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was changed'), stderr: '' });
});

test('two servers that migrate an empty database at the same time both succeed', async () => {
  const environment = { DATABASE_URL: await createDatabase() };

  const exits = await Promise.all([run(['migrate'], environment), run(['migrate'], environment)]);

  // The one who waits may say so.
  expect(exits.map(({ code, stderr }) => ({ code, stderr: stderr.replace(/^openrun: another process is migrating .*\n$/, '') }))).toEqual([{ code: 0, stderr: '' }, { code: 0, stderr: '' }]);
  expect(exits.filter(({ stdout }) => stdout === 'Nothing to migrate.\n')).toHaveLength(1);
});

test('openapi prints the document that the server serves, without a database', async () => {
  const printed = await runCommand(['openapi']);

  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(printed.stdout)).toEqual((await send(shop.app, undefined, 'GET', '/openapi.json')).body);
});

describe('the command line', () => {
  test('--help names every command', async () => {
    const help = await runCommand(['--help']);

    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['start', 'migrate', 'seed', 'operator', 'token', 'openapi']) expect(help.stdout).toContain(command);
  });

  test.each([
    [['--no-such-option']],
    [['sell-everything']],
    [['seed', '--users', 'many']],
    [['operator', '--email', 'not an address']],
  ])('%j is a mistake in the command line: exit code 2', async (args) => {
    const exit = await runCommand(args);

    expect(exit).toMatchObject({ code: 2, stdout: '' });
    expect(exit.stderr).toContain('error: ');
  });
});
