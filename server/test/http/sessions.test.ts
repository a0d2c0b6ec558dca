import { type Algorithm, createSigner } from 'fast-jwt';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signAccessToken } from '../../src/infrastructure/access-tokens.ts';
import { revokedSessions } from '../../src/infrastructure/postgres/revoked-sessions.ts';
import { type TestShop, authSecret, openShop, send } from '../shop.ts';

const credentials = { email: 'kim@test.example', password: 'correct horse' };
let shop: TestShop;
let userId = '';
let accessToken = '';
let refreshToken = '';
beforeAll(async () => {
  shop = await openShop();
  ({ userId } = (await post('/auth/register', { ...credentials, name: 'Kim' })).body);
});
beforeEach(async () => {
  ({ accessToken, refreshToken } = (await post('/auth/login', credentials)).body);
});
afterAll(() => shop.close());

const post = (url: string, body?: unknown, token?: string) => send(shop.app, token, 'POST', url, body);
const refresh = (token: string) => post('/auth/refresh', { refreshToken: token });
const me = (token: string | undefined) => send(shop.app, token, 'GET', '/me');
const refused = { status: 401, body: { code: 'INVALID_REFRESH_TOKEN' } };

describe('refreshing', () => {
  test('trades a refresh token for new tokens, each good once', async () => {
    const first = await refresh(refreshToken);
    const second = await refresh(first.body.refreshToken);

    expect([first.status, second.status]).toEqual([200, 200]);
    expect(new Set([refreshToken, first.body.refreshToken, second.body.refreshToken]).size).toBe(3);
    expect(await me(second.body.accessToken)).toMatchObject({ status: 200, body: { userId } });
  });

  test('an old refresh token that comes back ends the whole session, and only that one', async () => {
    const { accessToken: elsewhere } = (await post('/auth/login', credentials)).body;
    const next = await refresh(refreshToken);

    expect(await refresh(refreshToken)).toMatchObject(refused);

    expect(await refresh(next.body.refreshToken)).toMatchObject(refused);
    expect((await me(accessToken)).status).toBe(401);
    expect((await me(next.body.accessToken)).status).toBe(401);
    expect((await me(elsewhere)).status).toBe(200);
  });

  test('of one token used many times at once at most one use wins', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));

    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status, body }) => status === 401 && body.code === 'INVALID_REFRESH_TOKEN').length).toBeGreaterThanOrEqual(19);
  });

  test('a session ends at its time, however often it is refreshed', async () => {
    const next = await refresh(refreshToken);
    await shop.rows(`UPDATE sessions SET expires_at = now() WHERE user_id = $1`, [userId]);

    expect(await refresh(next.body.refreshToken)).toMatchObject(refused);
  });

  test.each(['x', 'x'.repeat(200)])('an unknown token is refused', async (token) => {
    expect(await refresh(token)).toMatchObject(refused);
  });
});

describe('logging out', () => {
  test('ends the access token at once and the refresh token too', async () => {
    expect(await post('/auth/logout', undefined, accessToken)).toMatchObject({ status: 204, body: '' });

    expect(await me(accessToken)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await refresh(refreshToken)).toMatchObject(refused);
    expect((await post('/auth/logout', undefined, accessToken)).status).toBe(401);
  });

  test('is known to another instance within seconds', async () => {
    const elsewhere = revokedSessions(shop.database.db, 900);
    await post('/auth/logout', undefined, accessToken);
    const sessionId = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid;

    await elsewhere.refresh();

    expect(elsewhere.has(sessionId)).toBe(true);
  });

  test('a session that was ended here stays ended while the database does not show it yet', async () => {
    const revoked = revokedSessions(shop.database.db, 900);
    const sessionId = '01890000-0000-7000-8000-000000000001';
    const reading = revoked.refresh();
    revoked.add(sessionId);
    await reading;
    expect(revoked.has(sessionId)).toBe(true);

    await revoked.refresh();
    expect(revoked.has(sessionId)).toBe(true);
  });
});

const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
/** A token with `claims` over the usual ones; undefined leaves one out. */
const sign = (claims: object, { alg = 'HS256', secret = authSecret }: { alg?: Algorithm; secret?: string } = {}) =>
  createSigner({ key: secret, algorithm: alg, noTimestamp: true })({ role: 'customer', sub: userId, exp: inAnHour(), ...claims });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  test('that is ours is accepted, whatever the case of the scheme', async () => {
    const token = signAccessToken(authSecret, { userId, role: 'customer' }, 60);
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const response = await shop.app.inject({ url: '/me', headers: { authorization: `${scheme} ${token}` } });
      expect(response.statusCode).toBe(200);
    }
  });

  test.each<[string, () => string]>([
    ['expired', () => sign({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ['signed with another secret', () => sign({}, { secret: 'another secret that is long enough too' })],
    ['signed with another algorithm', () => sign({}, { alg: 'HS512', secret: authSecret.repeat(2) })],
    ['not signed', () => `${encode({ alg: 'none' })}.${encode({ sub: userId, role: 'operator', exp: 9_999_999_999 })}.`],
    ['not signed, in capitals', () => `${encode({ alg: 'NONE' })}.${encode({ sub: userId, role: 'operator', exp: 9_999_999_999 })}.`],
    ['changed after signing', () => sign({}).replace(/\.[^.]+\./, `.${encode({ sub: userId, role: 'operator', exp: 9_999_999_999 })}.`)],
    ['without its signature', () => sign({}).replace(/\.[^.]+$/, '.')],
    ['of an unknown role', () => sign({ role: 'admin' })],
    ['without a subject', () => sign({ sub: undefined })],
    ['without an end', () => sign({ exp: undefined })],
    ['empty', () => ''],
    ['not a token', () => 'a.b.c'],
    ['very long', () => 'x'.repeat(8_000)],
  ])('that is %s is refused', async (_what, make) => {
    const answer = await me(make());
    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' }, headers: { 'www-authenticate': 'Bearer' } });
  });

  test('ends at its time although it was accepted before', async () => {
    const token = sign({ exp: Math.floor(Date.now() / 1000) + 2 });
    expect((await me(token)).status).toBe(200);
    await expect.poll(async () => (await me(token)).status, { timeout: 5_000, interval: 200 }).toBe(401);
  });

  test('that is a refresh token is refused, and the other way round', async () => {
    expect((await me(refreshToken)).status).toBe(401);
    expect((await refresh(accessToken.slice(0, 200))).status).toBe(401);
  });
});
