import * as argon2 from '@node-rs/argon2';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { LoginFailures } from '../../src/application/login-failures.ts';
import { argon2Passwords } from '../../src/infrastructure/passwords.ts';
import { type Answer, type TestShop, openShop, send } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

// Everything runs as it is; only the calls are counted.
vi.mock('@node-rs/argon2', { spy: true });

const password = 'correct horse battery';
let shop: TestShop;
/** Each test has accounts and addresses of its own: `kim`, `lee`, and all addresses that begin with `network`. */
let [kim, lee, network, tests] = ['', '', '', 0];
beforeAll(async () => {
  shop = await openShop({ LOGIN_FAILURES_ACCOUNT_MAX: '3', LOGIN_FAILURES_ADDRESS_MAX: '8', LOGIN_FAILURES_WINDOW_SECONDS: '3600' });
});
afterAll(() => shop.close());
beforeEach(async () => {
  tests += 1;
  [kim, lee, network] = [`kim-${tests}@test.example`, `lee-${tests}@test.example`, `10.0.${tests}.`];
  for (const email of [kim, lee]) await send(shop.app, undefined, 'POST', '/auth/register', { email, password, name: 'Test' });
  vi.mocked(argon2.verify).mockClear();
});

const inject = (email: string, guess: string, remoteAddress: string) =>
  shop.app.inject({ method: 'POST', url: '/auth/login', payload: { email, password: guess }, remoteAddress });
/** Logs in from an address; gives status and code. */
async function logIn(email: string, guess: string, address = `${network}1`): Promise<[status: number, code: unknown]> {
  const { statusCode, payload } = await inject(email, guess, address);
  return [statusCode, JSON.parse(payload).code];
}
/** All that five wrong guesses are answered, but for the seconds to wait. */
async function answersTo(email: string, address: string): Promise<[status: number, body: object, headers: string[]][]> {
  const responses = await inTurn(5, () => inject(email, 'a guess', address));
  return responses.map(({ statusCode, payload, headers }) => [statusCode, { ...JSON.parse(payload), retryAfterSeconds: 0 }, Object.keys(headers)]);
}

const wrong: [number, string] = [401, 'INVALID_CREDENTIALS'];
const limited: [number, string] = [429, 'RATE_LIMITED'];
const inTurn = async <T>(count: number, work: (n: number) => Promise<T>) => {
  const results: T[] = [];
  for (let n = 0; n < count; n += 1) results.push(await work(n));
  return results;
};

describe('logging in gives no account away', () => {
  test('an unknown email costs one password hash of the same kind, like a wrong password', async () => {
    const parameters: unknown[] = [];
    for (const email of [kim, `nobody-${tests}@test.example`]) {
      vi.mocked(argon2.verify).mockClear();
      expect(await logIn(email, 'a guess')).toEqual(wrong);
      expect(argon2.verify).toHaveBeenCalledTimes(1);
      const [[hash]] = vi.mocked(argon2.verify).mock.calls as unknown as [[string]];
      parameters.push(hash.split('$').slice(0, 4));
    }
    expect(parameters[0]).toEqual(parameters[1]);
    expect(parameters[0]).toEqual(['', 'argon2id', 'v=19', 'm=19456,t=2,p=1']);
  });

  test('the limit of failures is the same for an email without an account, to the letter', async () => {
    const known = await answersTo(kim, `${network}1`);

    expect(await answersTo(`nobody-${tests}@test.example`, `${network}2`)).toEqual(known);
    expect(known.map(([status]) => status)).toEqual([401, 401, 401, 429, 429]);
  });
});

describe('after too many failures', () => {
  test('an account refuses even the right password, without hashing it, and says when to come back', async () => {
    await inTurn(3, () => logIn(kim, 'a guess'));
    vi.mocked(argon2.verify).mockClear();
    const before = await tableContents(shop);

    const answer: Answer = await send(shop.app, undefined, 'POST', '/auth/login', { email: kim.toUpperCase(), password });

    expect(answer).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED' }, headers: { 'content-type': 'application/problem+json' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(3_500);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(3_600);
    expect(argon2.verify).not.toHaveBeenCalled();
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('other accounts at the same address are not affected, nor those who are logged in', async () => {
    const { accessToken, refreshToken } = JSON.parse((await inject(kim, password, `${network}9`)).payload);
    expect(await inTurn(4, () => logIn(kim, 'a guess'))).toEqual([wrong, wrong, wrong, limited]);

    expect((await logIn(lee, password))[0]).toBe(200);
    expect((await send(shop.app, accessToken, 'GET', '/me')).status).toBe(200);
    expect((await send(shop.app, undefined, 'POST', '/auth/refresh', { refreshToken })).status).toBe(200);
  });

  test('an address is refused for whatever email, and others are not', async () => {
    const guesses = await inTurn(9, (n) => logIn(`person-${tests}-${n}@test.example`, 'a guess', `${network}66`));
    expect(guesses).toEqual([...Array.from({ length: 8 }, () => wrong), limited]);
    expect(await logIn(lee, password, `${network}66`)).toEqual(limited);

    expect((await logIn(lee, password, `${network}67`))[0]).toBe(200);
  });

  test('all addresses of one IPv6 network count together, and an IPv4 address however it is written', async () => {
    const inNetwork = await inTurn(9, (n) => logIn(`person-${tests}-${n}@test.example`, 'a guess', `2001:db8:0:7::${n + 1}`));
    expect(inNetwork.at(-1)).toEqual(limited);
    expect((await logIn(lee, password, '2001:db8:0:8::1'))[0]).toBe(200);

    await inTurn(8, (n) => logIn(`somebody-${tests}-${n}@test.example`, 'a guess', `::ffff:${network}5`));
    expect(await logIn(lee, password, `${network}5`)).toEqual(limited);
  });

  test('the right password in time forgives the account, but not the address', async () => {
    await inTurn(2, () => logIn(kim, 'a guess'));
    expect((await logIn(kim, password))[0]).toBe(200);
    expect(await inTurn(4, () => logIn(kim, 'a guess'))).toEqual([wrong, wrong, wrong, limited]);

    expect(await inTurn(4, (n) => logIn(`person-${tests}-${n}@test.example`, 'a guess'))).toEqual([wrong, wrong, wrong, limited]);
  });
});

test('of many guesses at once no more are hashed than the limit allows', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => logIn(kim, `guess ${n}`, `${network}${n}`)));

  expect(answers.filter(([status]) => status === 401)).toHaveLength(3);
  expect(answers.filter(([status]) => status === 429)).toHaveLength(37);
  expect(argon2.verify).toHaveBeenCalledTimes(3);
});

test('one who knows the password can log in many times at once', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(kim, password)));
  expect(answers.map(([status]) => status)).toEqual(Array.from({ length: 20 }, () => 200));
});

test('a window ends a fixed time after its first failure, however much is tried meanwhile', () => {
  let now = 0;
  const failures = new LoginFailures({ accountMax: 2, addressMax: 100, windowSeconds: 10 }, () => now);
  const guess = () => failures.begin('kim', 'address');
  guess();
  now = 9_000;
  guess();
  expect(guess).toThrow(expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 1 } }));
  now = 9_999;
  expect(guess).toThrow('RATE_LIMITED');

  now = 10_000;
  guess();
  guess();
  expect(guess).toThrow(expect.objectContaining({ details: { retryAfterSeconds: 10 } }));
});

test('when more wait to be hashed than may, the next is told to come back, and those who wait are served', async () => {
  const passwords = argon2Passwords(1, 2);
  const hash = await passwords.hash(password);

  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.verify(password, hash, () => undefined)));

  expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code))).toEqual([true, true, true, 'OVERLOADED', 'OVERLOADED']);
  expect(await passwords.verify(password, hash, () => undefined)).toBe(true);
});
