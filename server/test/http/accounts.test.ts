import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestShop, openShop, send } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const post = (url: string, body: unknown, token?: string) => send(shop.app, token, 'POST', url, body);
const password = 'correct horse battery';
let people = 0;
const newAccount = () => ({ email: `person-${(people += 1)}@test.example`, password, name: '김철수', phone: '+82 10-1234-5678' });

describe('registering', () => {
  test('opens a customer account with an empty wallet, and tells nothing of the password', async () => {
    const account = newAccount();

    const { status, body } = await post('/auth/register', account);

    expect(status).toBe(201);
    expect(body).toEqual({ userId: expect.stringMatching(/^[0-9a-f-]{36}$/), email: account.email, name: '김철수', phone: account.phone, role: 'customer', createdAt: expect.stringMatching(/Z$/) });
    expect(await shop.rows('SELECT balance FROM wallets WHERE user_id = $1', [body.userId])).toEqual([{ balance: 0 }]);
    const [stored] = await shop.rows<{ hash: string }>('SELECT password_hash AS hash FROM users WHERE id = $1', [body.userId]);
    expect(stored?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('without a phone is accepted', async () => {
    const { phone: _phone, ...account } = newAccount();
    expect(await post('/auth/register', account)).toMatchObject({ status: 201, body: { phone: null } });
  });

  test.each(['email', 'password', 'name'])('without %s is refused by name', async (field) => {
    const { [field]: _left, ...account } = newAccount() as Record<string, string>;
    expect(await post('/auth/register', account)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field }] } });
  });

  test('with a known email, in any spelling, is refused and changes nothing', async () => {
    const account = newAccount();
    await post('/auth/register', account);
    const before = await tableContents(shop);

    for (const email of [account.email, account.email.toUpperCase()]) {
      expect(await post('/auth/register', { ...account, email })).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });
    }
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('with one email many times at once opens one account', async () => {
    const account = newAccount();

    const answers = await Promise.all(Array.from({ length: 12 }, () => post('/auth/register', account)));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11);
  });

  test('as an operator is not possible', async () => {
    expect(await post('/auth/register', { ...newAccount(), role: 'operator' })).toMatchObject({ status: 400, body: { errors: [{ field: 'role' }] } });
  });
});

describe('logging in', () => {
  test('gives an access token for 15 minutes and a refresh token that is stored only as a hash', async () => {
    const account = newAccount();
    const { body: user } = await post('/auth/register', account);

    const { status, body } = await post('/auth/login', { email: ` ${account.email.toUpperCase()}`.trim(), password });

    expect({ status, body }).toEqual({ status: 200, body: { accessToken: expect.any(String), refreshToken: expect.any(String), expiresIn: 900 } });
    expect(await send(shop.app, body.accessToken, 'GET', '/me')).toMatchObject({ status: 200, body: user });
    const [found] = await shop.rows(`SELECT count(*)::int AS hashed FROM refresh_tokens WHERE token_hash = sha256(convert_to($1, 'UTF8'))`, [body.refreshToken]);
    expect(found).toEqual({ hashed: 1 });
  });

  test('a wrong password and an unknown account answer the same, and neither opens a session', async () => {
    const account = newAccount();
    await post('/auth/register', account);
    const before = await tableContents(shop);

    const wrong = await post('/auth/login', { email: account.email, password: `${password}x` });
    const unknown = await post('/auth/login', { email: 'nobody@test.example', password });

    expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' }, headers: { 'www-authenticate': 'Bearer' } });
    expect(unknown.body).toEqual(wrong.body);
    expect(Object.keys(unknown.headers).toSorted()).toEqual(Object.keys(wrong.headers).toSorted());
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('nobody can log in to an account without a password', async () => {
    const buyer = await shop.newBuyer();
    for (const guess of ['!', ' ', 'no account has this password']) {
      expect((await post('/auth/login', { email: `${buyer.userId}@test.example`, password: guess })).status).toBe(401);
    }
  });
});
