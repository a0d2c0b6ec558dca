import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditChecks } from '../../src/infrastructure/postgres/audit/audit.ts';
import { auditProgress } from '../../src/interfaces/cli/audit-report.ts';
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

describe('audit', () => {
  const checks = auditChecks.map(({ name }) => name);
  let environment: Record<string, string> = {};
  let wrongUser = '';
  beforeAll(async () => {
    environment = { DATABASE_URL: await createDatabase() };
    await run(['seed'], environment);
  });

  test('books that add up: a line for each check, exit code 0', async () => {
    const exit = await run(['audit'], environment);

    expect(exit).toMatchObject({ code: 0, stderr: '' });
    const [heading, ...lines] = exit.stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^check +checked +took$/);
    expect(lines.pop()).toBe(`Clean: ${checks.length} checks hold.`);
    expect(lines.map((line) => /^(\S+) +\d+ +\d+ ms {2}ok$/.exec(line)?.[1])).toEqual(checks);
  });

  test('books that do not: what differs, with its id, and exit code 1', async () => {
    const client = new Client({ connectionString: environment['DATABASE_URL'] });
    await client.connect();
    const { rows } = await client.query('UPDATE wallets SET balance = balance + 1 WHERE user_id = (SELECT user_id FROM wallets LIMIT 1) RETURNING user_id');
    await client.end();
    wrongUser = rows[0].user_id;
    const exit = await run(['audit'], environment);

    expect(exit).toMatchObject({ code: 1, stderr: '' });
    expect(exit.stdout).toMatch(new RegExp(`wallet-balance +\\d+ +\\d+ ms {2}1 wrong\\n {4}${wrongUser}: balance \\d+, transactions \\d+\\n`));
    expect(exit.stdout.trimEnd().split('\n').at(-1)).toBe('Not clean: wallet-balance.');
  });

  test('--json says the same for machines', async () => {
    const exit = await run(['audit', '--json'], environment);

    expect(exit).toMatchObject({ code: 1, stderr: '' });
    const report = JSON.parse(exit.stdout);
    expect(report).toMatchObject({ clean: false });
    expect(report.checks.map(({ name }: { name: string }) => name)).toEqual(checks);
    expect(report.checks.filter(({ wrong }: { wrong: number }) => wrong > 0)).toMatchObject([
      { name: 'wallet-balance', wrong: 1, differences: [{ id: wrongUser, difference: expect.any(String) }] },
    ]);
  });

  test('on a terminal a line says what is being checked, and is taken away again', () => {
    let written = '';
    const progress = auditProgress({ isTTY: true, write: (text) => (written += text) !== '' });
    progress.begin('wallet-balance', 1, 2);
    progress.end();

    expect(written).toContain('check 1 of 2: wallet-balance, 0 s');
    expect(written.endsWith('\r\u001b[K')).toBe(true);
  });
});

describe('the command line', () => {
  test('--help names every command', async () => {
    const help = await runCommand(['--help']);

    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['start', 'migrate', 'seed', 'operator', 'token', 'audit', 'openapi']) expect(help.stdout).toContain(command);
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
