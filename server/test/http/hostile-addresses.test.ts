import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentedRoutes, idOfNothing } from '../documented-routes.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
let buyer: TestUser;
let before: Record<string, string> = {};
beforeAll(async () => {
  shop = await openShop();
  buyer = await shop.newBuyer(1_000);
  await shop.newProduct();
  before = await tableContents(shop);
});
afterAll(async () => {
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
  await shop.close();
});

const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const notAnId = ['1', 'undefined', 'a'.repeat(100), 'a'.repeat(101), 'a'.repeat(5_000), idOfNothing.slice(1), `${idOfNothing}0`, idOfNothing.replace('7', 'G'), '%00', '%20', "'--", '%F0%9F%98%80'];

describe.each(['/products/', '/orders/'])('%s', (path) => {
  test.each(notAnId)('%s is not an id', async (id) => {
    const { status, body } = await buyer.send('GET', `${path}${id}`);
    expect([400, 404, 414]).toContain(status);
    expect(body).toMatchObject({ status, code: expect.stringMatching(/^(VALIDATION_FAILED|ROUTE_NOT_FOUND|MALFORMED_REQUEST)$/) });
  });

  test('an id in upper case is not an id', async () => {
    const { productId } = { productId: 'ABCDEF00-0000-7000-8000-000000000000' };
    expect(await buyer.send('GET', `${path}${productId}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });
});

test.each(['/%zz', '/products/%zz', '/products/%', '/%c0%ae%c0%ae/', '/orders/%e0%a4%a'])('%s, which cannot be decoded, is refused as a problem in the reader’s language', async (url) => {
  for (const [language, title] of [['en', /^[ -~]+$/], ['ko', /[가-힣]/]] as const) {
    const { status, body, headers } = await buyer.send('GET', url, undefined, { 'accept-language': language });
    expect([400, 404]).toContain(status);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({ status, title: expect.stringMatching(title) });
  }
});

test.each(['/images/../../package.json', '/images/..%2f..%2fpackage.json', '/images/%2e%2e/%2e%2e/package.json', '/images/..\\..\\package.json', '/docs/../package.json', '/images/%00'])(
  '%s reaches no file outside',
  async (url) => {
    const { status, body } = await buyer.send('GET', url);
    expect([400, 403, 404]).toContain(status);
    expect(body).toMatchObject({ status, code: expect.any(String) });
  },
);

describe('the query', () => {
  const wrong = [
    '/products?limit=1&limit=2', '/products?search=a&search=b', '/products?limit[]=1', '/products?sort=newest&sort=price',
    '/products?limit=0', '/products?limit=101', '/products?limit=-1', '/products?limit=1.5', '/products?limit=ten', '/products?limit=', '/products?limit=1e309', '/products?limit=-1e309', '/products/top?days=1e309',
    '/products?sort=stock', '/products?sort=', '/products?search=', '/products?search=%00', `/products?search=${'x'.repeat(101)}`,
    '/products?category=%00', '/products?category=A', '/products?unknown=1', '/products?__proto__=1', '/products?cursor=',
    '/products/top?days=0', '/products/top?days=31', '/products/top?limit=0', '/products/top?limit=101', '/products/top?days=1.5', '/products/top?days=1&days=2',
    '/balance?userId=1', '/balance?userId=&userId=', '/balance/history?limit=0', '/orders?status=LOST', '/orders?status=SUCCESS&status=FAILED', '/orders?limit=101',
  ];

  test.each(wrong)('%s is refused by name', async (url) => {
    const answer = await buyer.send('GET', url);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field: expect.stringMatching(/^\w+(\[\]|\.\d+)?$/) }] } });
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  const cursors = [
    'x', '!!!!', 'e30', 'bnVsbA', json([]), json(['orders']), json(['orders', 1]), json(['orders', 'x']), json(['orders', idOfNothing, 1]), json(['products newest en', idOfNothing]),
    json(['products price en', 1.5, idOfNothing]), json(['products price en', '1', idOfNothing]), json(['products name en', 'a\0', idOfNothing]), json(['products name en', '\ud800', idOfNothing]),
    json(['wallet-transactions', `${idOfNothing}'`]), json({ length: 2, 0: 'orders' }), 'x'.repeat(2_000),
  ];

  test.each(cursors)('the cursor %s is one that no list gave out', async (cursor) => {
    for (const list of ['/orders?', '/balance/history?', '/products?sort=price&', '/products?sort=name&', '/products?sort=-price&']) {
      const { status, body } = await buyer.send('GET', `${list}cursor=${encodeURIComponent(cursor)}`);
      expect({ list, status, code: body.code }).toEqual({ list, status: 400, code: 'INVALID_CURSOR' });
    }
  });

  test('a cursor of another sort or language is refused', async () => {
    for (let n = 0; n < 3; n += 1) await shop.newProduct({ name: `Cursor ${n}` });
    before = await tableContents(shop);
    const { headers } = await buyer.send('GET', '/products?limit=1&sort=price');
    const cursor = new URL(/<(.+)>/.exec(String(headers['link']))?.[1] ?? '', 'http://shop').searchParams.get('cursor');

    expect(await buyer.send('GET', `/products?sort=price&cursor=${cursor}`)).toMatchObject({ status: 200 });
    expect(await buyer.send('GET', `/products?sort=name&cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
    expect(await buyer.send('GET', `/orders?cursor=${cursor}`)).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  });
});

test('no route answers 5xx to a request without query, body or meaning', async () => {
  for (const { method, url } of await documentedRoutes(shop.app)) {
    if (url === '/live' || url === '/auth/logout') continue;
    const response = await shop.app.inject({ method: method as 'GET', url, headers: { authorization: `Bearer ${buyer.token}` } });
    expect([method, url, response.statusCode < 500]).toEqual([method, url, true]);
  }
});
