import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HTTPMethods } from 'fastify';
import { routesWithBody } from '../documented-routes.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
let buyer: TestUser;
/** May call every route, so that what is refused is the body. */
let operator: TestUser;
let productId = '';
let before: Record<string, string> = {};
beforeAll(async () => {
  shop = await openShop();
  buyer = await shop.newBuyer(1_000_000);
  operator = await shop.newOperator();
  ({ productId } = await shop.newProduct({ stocks: [2_000_000] }));
  before = await tableContents(shop);
});
// Whatever was sent, nothing of it may have left a trace.
afterAll(async () => {
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
  await shop.close();
});

/** Sends text as it is, which need not be JSON. */
async function sendText(user: TestUser, method: HTTPMethods, url: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const response = await shop.app.inject({
    method: method as 'POST', url, payload,
    headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json', ...headers },
  });
  return { status: response.statusCode, type: String(response.headers['content-type']), body: response.payload };
}
const post = (url: string, payload: string) => sendText(buyer, 'POST', url, payload);

const problem = (status: number, code: string) => ({ status, type: expect.stringContaining('application/problem+json'), body: expect.stringContaining(`"${code}"`) });

/** Numbers as they would stand in JSON, none of which is a whole number that could be meant. */
const badNumbers = ['-1', '1.5', '9007199254740992', '9007199254740993', '1e309', '-1e309', '"1"', '""', 'null', '[]', '[1]', '{}', 'true', '1e-7'];

describe('an amount of', () => {
  test.each([...badNumbers, '1000001'])('%s is refused by POST /balance/charge', async (amount) => {
    expect(await post('/balance/charge', `{"amount":${amount}}`)).toEqual(problem(400, 'VALIDATION_FAILED'));
  });
});

describe('a quantity of', () => {
  test.each([...badNumbers, '0', '-0', '1001'])('%s is refused by POST /order', async (quantity) => {
    expect(await post('/order', `{"items":[{"productId":"${productId}","quantity":${quantity}}]}`)).toEqual(problem(400, 'VALIDATION_FAILED'));
  });
});

describe('an id of', () => {
  const badIds = ['""', '"1"', 'null', '1', '[]', '{}', '"00000000-0000-0000-0000-00000000000"', '"not-a-uuid"', '"\\u0000"', '"\\ud800"'];

  test.each([...badIds.keys()])('bad id %#', async (n) => {
    for (const field of ['productId', 'variantId']) {
      const item = { quantity: '1', productId: `"${productId}"`, [field]: badIds[n] };
      const json = Object.entries(item).map(([name, value]) => `"${name}":${value}`).join(',');
      expect(await post('/order', `{"items":[{${json}}]}`)).toEqual(problem(400, 'VALIDATION_FAILED'));
    }
    expect(await post('/balance/charge', `{"amount":1,"userId":${badIds[n]}}`)).toEqual(problem(400, 'VALIDATION_FAILED'));
  });

  test('another spelling of a known id is refused', async () => {
    for (const id of [productId.toUpperCase(), `{${productId}}`, productId.replaceAll('-', ''), ` ${productId}`, `${productId}\\n`].map((spelling) => `"${spelling}"`)) {
      expect(await post('/order', `{"items":[{"productId":${id},"quantity":1}]}`)).toEqual(problem(400, 'VALIDATION_FAILED'));
    }
  });
});

/** Sends each body to each route, and gives those that were not answered with exactly this problem. */
async function answeredOtherwise(bodies: (string | Buffer)[], status: number, codes: string[], headers: Record<string, string> = {}) {
  const wrong: object[] = [];
  const routes = await routesWithBody(shop.app);
  for (const { method, url } of routes) {
    for (const body of bodies) {
      const answer = await sendText(operator, method, url, body, headers);
      const code = answer.type.includes('application/problem+json') ? JSON.parse(answer.body).code : undefined;
      if (answer.status !== status || !codes.includes(code)) wrong.push({ method, url, sent: body.toString().slice(0, 60), ...answer });
    }
  }
  expect(routes.length).toBeGreaterThan(10);
  return wrong;
}

describe('every route that takes a body', () => {
  test('refuses unknown fields', async () => {
    const bodies = ['"price":0', '"paid":true', '"role":"operator"', '"constructor":{}', '"x":null'].map((field) => `{${field}}`);
    expect(await answeredOtherwise(bodies, 400, ['VALIDATION_FAILED'])).toEqual([]);
  });

  test('refuses what would reach the prototype', async () => {
    const bodies = ['{"__proto__":{"role":"operator"}}', '{"constructor":{"prototype":{}}}', '{"a":{"__proto__":null}}'];
    expect(await answeredOtherwise(bodies, 400, ['VALIDATION_FAILED', 'MALFORMED_REQUEST'])).toEqual([]);
  });

  test('refuses bodies that are not an object', async () => {
    expect(await answeredOtherwise(['null', '[]', '[{}]', '"text"', '1', 'true'], 400, ['VALIDATION_FAILED'])).toEqual([]);
  });

  test('refuses bodies that are not JSON', async () => {
    const broken = [' ', '{', '{"a":', '{"amount":1', '{"amount":1}}', "{'amount':1}", 'amount=1', '\u0000', '{"amount":1,}', 'NaN', '\ufeff\ufeff{}'];
    expect(await answeredOtherwise([...broken, Buffer.from([0xff, 0xfe, 0x7b, 0x7d])], 400, ['MALFORMED_REQUEST'])).toEqual([]);
  });

  test('survives JSON that is nested very deep', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const nested = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    expect(await answeredOtherwise([deep, nested, `{"x":${deep}}`], 400, ['VALIDATION_FAILED', 'MALFORMED_REQUEST'])).toEqual([]);
  });

  test('refuses a body that is too large', async () => {
    expect(await answeredOtherwise([`{"x":"${'x'.repeat(300_000)}"}`], 413, ['PAYLOAD_TOO_LARGE'])).toEqual([]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'text/json', 'application/jsonx'])(
    'refuses a body of type %s',
    async (type) => {
      expect(await answeredOtherwise(['{"amount":1}'], 415, ['UNSUPPORTED_MEDIA_TYPE'], { 'content-type': type })).toEqual([]);
    },
  );
});

test.each([
  ['no item', []],
  ['1,001 lines', Array.from({ length: 1_001 }, () => ({ quantity: 1 }))],
])('an order with %s is refused', async (_what, lines) => {
  const items = lines.map((line) => ({ productId, ...line }));
  expect(await post('/order', JSON.stringify({ items }))).toEqual(problem(400, 'VALIDATION_FAILED'));
});

test('lines that are each allowed but together too many are refused', async () => {
  const items = Array.from({ length: 1_000 }, () => ({ productId, quantity: 1_000 }));
  expect(await post('/order', JSON.stringify({ items }))).toEqual(problem(400, 'INVALID_QUANTITY'));
});

test.each([
  ['a NUL byte in the name', { name: 'a\0b' }],
  ['a lone surrogate in the name', { name: '\ud800' }],
  ['a control character in the name', { name: 'a\nb' }],
  ['an empty name', { name: '' }],
  ['a name of 101 characters', { name: 'x'.repeat(101) }],
  ['a NUL byte in the email', { email: 'a\0@test.example' }],
  ['an email without a domain', { email: 'kim' }],
  ['a password of 7 characters', { password: '1234567' }],
  ['a password of 201 characters', { password: 'x'.repeat(201) }],
  ['letters in the phone', { phone: 'call me' }],
])('a registration with %s is refused', async (_what, different) => {
  const body = { email: 'kim@test.example', password: 'correct horse', name: 'Kim', ...different };
  expect(await post('/auth/register', JSON.stringify(body))).toEqual(problem(400, 'VALIDATION_FAILED'));
});

test.each(['\0', '\ud800', '😀'.repeat(50), "' OR 1=1 --"])('a login with the password %j fails like any other', async (password) => {
  expect(await post('/auth/login', JSON.stringify({ email: 'kim@test.example', password }))).toEqual(problem(401, 'INVALID_CREDENTIALS'));
});
