import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problem, problemTexts } from '../../src/interfaces/http/problems.ts';
import type { RefusalCode } from '../../src/domain/refusal.ts';
import { idOfNothing } from '../documented-routes.ts';
import { type Answer, type TestShop, type TestUser, openShop, send } from '../shop.ts';

let shop: TestShop;
let poor: TestUser;
let rich: TestUser;
let productId = '';
let severalVariants = '';
beforeAll(async () => {
  shop = await openShop();
  poor = await shop.newBuyer();
  rich = await shop.newBuyer(1_000_000);
  ({ productId } = await shop.newProduct({ stocks: [1] }));
  severalVariants = (await shop.newProduct({ stocks: [1, 1] })).productId;
});
afterAll(() => shop.close());

type Ask = (language: Record<string, string>) => Promise<Answer>;
const order = (user: () => TestUser, item: () => object): Ask => (headers) => user().send('POST', '/order', { items: [{ quantity: 1, ...item() }] }, headers);

const refusals: [RefusalCode, number, Ask][] = [
  ['VALIDATION_FAILED', 400, (headers) => poor.send('POST', '/balance/charge', {}, headers)],
  ['INVALID_CURSOR', 400, (headers) => poor.send('GET', '/orders?cursor=x', undefined, headers)],
  ['VARIANT_REQUIRED', 400, order(() => rich, () => ({ productId: severalVariants }))],
  ['UNAUTHENTICATED', 401, (headers) => send(shop.app, undefined, 'GET', '/me', undefined, headers)],
  ['INVALID_CREDENTIALS', 401, (headers) => send(shop.app, undefined, 'POST', '/auth/login', { email: 'a@b.example', password: 'x' }, headers)],
  ['INVALID_REFRESH_TOKEN', 401, (headers) => send(shop.app, undefined, 'POST', '/auth/refresh', { refreshToken: 'x' }, headers)],
  ['FORBIDDEN', 403, (headers) => poor.send('GET', `/balance?userId=${idOfNothing}`, undefined, headers)],
  ['ROUTE_NOT_FOUND', 404, (headers) => poor.send('GET', '/nowhere', undefined, headers)],
  ['PRODUCT_NOT_FOUND', 404, (headers) => poor.send('GET', `/products/${idOfNothing}`, undefined, headers)],
  ['VARIANT_NOT_FOUND', 404, order(() => rich, () => ({ productId, variantId: idOfNothing }))],
  ['ORDER_NOT_FOUND', 404, (headers) => poor.send('GET', `/orders/${idOfNothing}`, undefined, headers)],
  ['METHOD_NOT_ALLOWED', 405, (headers) => poor.send('DELETE', '/balance', undefined, headers)],
  ['BALANCE_LIMIT_EXCEEDED', 409, (headers) => rich.send('POST', '/balance/charge', { amount: 1 }, headers)],
  ['OUT_OF_STOCK', 409, order(() => rich, () => ({ productId, quantity: 2 }))],
  ['INSUFFICIENT_BALANCE', 409, order(() => poor, () => ({ productId }))],
];

describe('a refusal is a problem, in the reader’s language', () => {
  test.each(refusals)('%s: %i', async (code, status, ask) => {
    for (const [language, header] of [['en', undefined], ['en', 'en-US'], ['ko', 'ko-KR,ko;q=0.9,en;q=0.5']] as const) {
      const answer = await ask(header === undefined ? {} : { 'accept-language': header });
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.body).toMatchObject({ type: 'about:blank', title: problemTexts[code][language], status, code });
    }
  });
});

describe('every code', () => {
  const codes = Object.entries(problemTexts) as [RefusalCode, (typeof problemTexts)[RefusalCode]][];

  test.each(codes)('%s has a status of its kind and a sentence in English and Korean', (code, { status, en, ko }) => {
    expect([400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 503]).toContain(status);
    expect(en).toMatch(/^[A-Z][\x20-\x7e]+\.$/);
    expect(ko).toMatch(/[가-힣].*[.]$/);
    expect(problem(code, 'ko')).toMatchObject({ status, code, title: ko });
  });

  test('details cannot stand in for what a problem says itself', () => {
    expect(problem('OUT_OF_STOCK', 'en', { code: 'X', status: 200, title: 'Fine', orderId: '1' })).toMatchObject({ code: 'OUT_OF_STOCK', status: 409, title: problemTexts.OUT_OF_STOCK.en, orderId: '1' });
  });
});

test('a validation problem lists every field that is wrong', async () => {
  const { body } = await poor.send('POST', '/order', { items: [{ productId: 'x', quantity: 0 }, {}], paid: true });

  expect(body.errors.map(({ field }: { field: string }) => field).toSorted()).toEqual(['items.0.productId', 'items.0.quantity', 'items.1.productId', 'items.1.quantity', 'paid']);
});

describe('busy', () => {
  test('an account above its rate is told when to come back, and others are served', async () => {
    const busy = await openShop({ RATE_LIMIT_ACCOUNT_PER_MINUTE: '5', RATE_LIMIT_AUTH_ADDRESS_PER_MINUTE: '3' });
    const [one, other] = [await busy.newBuyer(), await busy.newBuyer()];
    const answers: Answer[] = [];
    for (let n = 0; n < 6; n += 1) answers.push(await one.send('GET', '/balance'));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers[5]).toMatchObject({ body: { code: 'RATE_LIMITED' }, headers: { 'content-type': 'application/problem+json' } });
    expect(Number(answers[5]?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await other.send('GET', '/balance')).status).toBe(200);

    const logins: number[] = [];
    for (let n = 0; n < 4; n += 1) logins.push((await send(busy.app, undefined, 'POST', '/auth/refresh', { refreshToken: 'x' })).status);
    expect(logins).toEqual([401, 401, 401, 429]);
    for (let n = 0; n < 10; n += 1) expect((await send(busy.app, undefined, 'GET', '/products')).status).toBe(200);
    await busy.close();
  });

  test('a full desk answers 503 with Retry-After, and what it took is decided', async () => {
    const busy = await openShop({ DESK_QUEUE_MAX: '5', DESK_BATCH_MAX: '1' });
    const buyers = await Promise.all(Array.from({ length: 60 }, () => busy.newBuyer()));

    const answers = await Promise.all(buyers.map((buyer) => buyer.send('POST', '/balance/charge', { amount: 1 })));

    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ body: { code: 'OVERLOADED' }, headers: { 'retry-after': '1' } });
    const [row] = await busy.rows('SELECT sum(balance)::int AS charged FROM wallets');
    expect(row).toEqual({ charged: answers.filter(({ status }) => status === 200).length });
    await busy.close();
  });

  test('a row that stays locked answers 503 with Retry-After and changes nothing', async () => {
    const slow = await openShop({ DATABASE_LOCK_TIMEOUT_MS: '200' });
    const buyer = await slow.newBuyer();
    const client = await slow.database.pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM wallets WHERE user_id = $1 FOR UPDATE', [buyer.userId]);

    const answer = await buyer.send('POST', '/balance/charge', { amount: 1 });

    await client.query('ROLLBACK');
    client.release();
    expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' }, headers: { 'retry-after': '1' } });
    expect((await buyer.send('POST', '/balance/charge', { amount: 2 })).body).toMatchObject({ currentBalance: 2 });
    await slow.close();
  });
});
