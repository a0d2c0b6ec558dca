import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOfNothing } from '../documented-routes.ts';
import { type ServerProcess, sendTo, startServer } from '../server-process.ts';
import { authSecret, createDatabase } from '../shop.ts';

let server: ServerProcess;
let databaseUrl = '';
const metricsToken = 'token-of-the-scraper-7f3a';
beforeAll(async () => {
  databaseUrl = await createDatabase();
  server = await startServer({ DATABASE_URL: databaseUrl, AUTH_SECRET: authSecret, METRICS_TOKEN: metricsToken, LOG_LEVEL: 'trace' });
});
afterAll(() => server?.stop());

const lines = () => server.stderr().split('\n').filter((line) => line !== '');

async function query(sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Sends bytes as they are and gives what comes back until the server closes or a second is over. */
function sendRaw(bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (data) => (answer += data.toString('latin1'))).on('error', done).on('close', done);
    setTimeout(done, 1_000).unref();
  });
}

test('whatever a client does, its password and tokens never reach the log', async () => {
  const password = 'hunter2-battery-staple';
  const post = (path: string, body: unknown, token?: string) => sendTo(server.url, token, 'POST', path, body);
  await post('/auth/register', { email: 'kim@test.example', password, name: 'Kim' });
  await post('/auth/register', { email: 'kim@test.example', password, name: 'Kim' });
  await post('/auth/register', { email: 'not an address', password, name: '' });
  await post('/auth/login', { email: 'kim@test.example', password: `${password}!` });
  const login = (await post('/auth/login', { email: 'kim@test.example', password })).body;
  const next = (await post('/auth/refresh', { refreshToken: login.refreshToken })).body;
  await post('/auth/refresh', { refreshToken: login.refreshToken });
  await sendTo(server.url, next.accessToken, 'GET', '/me');
  await sendTo(server.url, `${next.accessToken}x`, 'GET', '/me');
  await sendTo(server.url, login.accessToken, 'POST', '/auth/logout');
  await sendRaw(`POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{"password":"${password}"`);
  await sleep(200);

  const log = server.stderr() + server.stdout();
  // A database given for the tests may be open without a password.
  const { password: databasePassword } = new URL(databaseUrl);
  const secrets = [password, authSecret, databasePassword || authSecret, login.accessToken, login.refreshToken, next.accessToken, next.refreshToken];
  // The signature alone would be enough to forge nothing, but a part of a token has no place there either.
  secrets.push(...[login, next].map(({ accessToken }) => accessToken.split('.')[2]));
  expect(secrets.filter((secret) => secret === '' || log.includes(secret))).toEqual([]);
  expect(log).not.toContain('argon2id');
});

test('secrets sent to any route, in any place, never reach the log', async () => {
  const secret = 'hunter3-not-for-any-log';
  const { paths } = (await sendTo(server.url, undefined, 'GET', '/openapi.json')).body;
  const account = { email: 'lee@test.example', password: `${secret}-password` };
  await sendTo(server.url, undefined, 'POST', '/auth/register', { ...account, name: 'Lee' });
  await query(`UPDATE users SET role = 'operator' WHERE email = 'lee@test.example'`);
  const { accessToken } = (await sendTo(server.url, undefined, 'POST', '/auth/login', account)).body;

  let asked = 0;
  for (const [path, operations] of Object.entries<object>(paths)) {
    if (path === '/live') continue;
    const url = path.replaceAll(/\{\w+\}/g, idOfNothing);
    for (const method of Object.keys(operations).filter((each) => path !== '/auth/logout' || each !== 'post')) {
      const body = method === 'get' ? undefined : { password: secret, refreshToken: secret, [secret]: secret };
      const ask = (address: string, token: string | undefined, headers: Record<string, string> = {}) =>
        sendTo(server.url, token, method.toUpperCase(), address, body, { 'idempotency-key': secret, cookie: `session=${secret}`, 'x-api-key': secret, ...headers });
      await ask(url, accessToken);
      await ask(`${url}?accessToken=${secret}`, secret);
      await ask(path.replaceAll(/\{\w+\}/g, secret), accessToken, { 'if-match': `"${secret}"` });
      await ask(url, undefined, { authorization: `Basic ${Buffer.from(`kim:${secret}`).toString('base64')}` });
      asked += 4;
    }
  }
  await sendTo(server.url, metricsToken, 'GET', '/metrics');
  await sendTo(server.url, accessToken, 'POST', '/auth/logout');
  expect(asked).toBeGreaterThan(200);
  await sleep(200);

  const log = server.stderr() + server.stdout();
  for (const each of [secret, accessToken, accessToken.split('.')[2], Buffer.from(`kim:${secret}`).toString('base64'), metricsToken]) expect(log).not.toContain(each);
});

test('an unexpected error of the database is logged with its cause, and without the row that it was about', async () => {
  await query(`ALTER TABLE users ADD CONSTRAINT nobody_is_called_so CHECK (name <> 'Bobby Tables')`);

  const account = { email: 'bobby@test.example', password: 'hunter4-battery', name: 'Bobby Tables' };
  const { status, body } = await sendTo(server.url, undefined, 'POST', '/auth/register', account);

  expect({ status, body }).toEqual({ status: 500, body: { type: 'about:blank', title: 'Something went wrong on our side.', status: 500, code: 'INTERNAL' } });
  await expect.poll(() => server.stderr(), { timeout: 10_000 }).toContain('nobody_is_called_so');
  for (const each of ['argon2id', account.email, account.name]) expect(server.stderr()).not.toContain(each);
});

test('every line is JSON with a level and a time', () => {
  expect(lines().length).toBeGreaterThan(0);
  for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number), time: expect.any(Number), msg: expect.any(String) });
});

describe('bytes that are no request end neither the process nor other clients', () => {
  test.each([
    ['an address that cannot be decoded', 'GET /%zz HTTP/1.1\r\nhost: a\r\naccept-language: ko\r\n\r\n'],
    ['an absolute address', 'GET http://example.com/%zz HTTP/1.1\r\nhost: a\r\naccept-language: en\r\n\r\n'],
    ['no address', 'GET  HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['two question marks and a fragment', 'GET /products?search=a?b#c HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a NUL byte in the address', 'GET /products/\0 HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a NUL byte in a header', 'GET / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer \0\r\n\r\n'],
    ['no host', 'GET /products HTTP/1.1\r\n\r\n'],
    ['an unknown method', 'STEAL /products HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['two lengths', 'POST /order HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
    ['a length and chunks', 'POST /order HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a header of 100 kB', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00])],
    ['nothing', ''],
  ])('%s', async (_what, bytes) => {
    const answer = await sendRaw(bytes);

    expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    expect((await sendTo(server.url, undefined, 'GET', '/healthz')).status).toBe(200);
  });
});

test('nothing that a client did is logged as trouble, but for the one error of ours', () => {
  const trouble = lines().map((line) => JSON.parse(line)).filter(({ level }) => level >= 40);
  expect(trouble.map(({ msg, err }) => [msg, err.constraint])).toEqual([['unexpected error', 'nobody_is_called_so']]);
});
