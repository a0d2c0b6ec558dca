import { createSigner } from 'fast-jwt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signAccessToken } from '../../src/infrastructure/access-tokens.ts';
import { productWithOptions } from '../admin.ts';
import { newCoupon } from '../campaigns.ts';
import { type DocumentedRoute, documentedRoutes } from '../documented-routes.ts';
import { issueTo } from '../issued-coupons.ts';
import { type Answer, type TestShop, type TestUser, authSecret, openShop, send } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

/** Every route × everybody who must not get in. The routes come from the OpenAPI document, so a new one is covered, or fails here. */

interface Request {
  url: string;
  body: Record<string, unknown> | undefined;
}

let shop: TestShop;
let routes: DocumentedRoute[] = [];
let operator: TestUser;
/** Whose things nobody else may see or change. */
let owner: TestUser;
/** A customer with a good token, and nothing of the owner's. */
let stranger: TestUser;
/** What stands for each name in a path, a query or a body. */
let ids: Record<string, string> = {};
/** What may never stand in an answer to others. */
let secrets: string[] = [];
/** A valid body for each operation that needs one; a new operation needs an entry. */
let bodies: Record<string, Record<string, unknown>> = {};

const password = 'correct horse battery';

beforeAll(async () => {
  shop = await openShop();
  routes = await documentedRoutes(shop.app);
  [operator, stranger] = [await shop.newOperator(), await shop.newBuyer(100_000)];
  owner = await newOwner();
  const { productId, variantIds } = await shop.newProduct({ stocks: [50] });
  const items = [{ productId, quantity: 1 }];
  const make = async (url: string, body: object) => (await owner.send('POST', url, body)).body;
  const couponId = await newCoupon(shop, { totalQuantity: 20 });
  const issuedCouponId = await issueTo(owner, couponId);
  await make('/order', { items });
  const { orderId } = await make('/orders', { items });
  const { items: [cartItem] } = await make('/cart/add', items[0] ?? {});
  // Something in the cart, so that it is not for want of it that an order of the owner's items is refused.
  await stranger.send('POST', '/cart/add', items[0]);
  ids = { userId: owner.userId, productId, variantId: variantIds[0] ?? '', orderId, cartItemId: cartItem.cartItemId, couponId, issuedCouponId };
  const rows = await shop.rows<{ id: string }>(
    `SELECT id FROM orders WHERE user_id = $1 UNION ALL SELECT id FROM wallet_transactions WHERE user_id = $1 UNION ALL SELECT id FROM sessions WHERE user_id = $1`,
    [owner.userId],
  );
  secrets = [owner.userId, issuedCouponId, cartItem.cartItemId, 'owner@test.example', '주인장', '010-9876-5432', ...rows.map(({ id }) => id)];
  bodies = {
    chargeBalance: { amount: 100 },
    addToCart: { productId, quantity: 1 },
    changeCartItem: { quantity: 2 },
    removeFromCart: { productId },
    orderCart: {},
    placeOrder: { items },
    holdOrder: { items },
    cancelOrder: {},
    issueCoupon: {},
    adminCreateProduct: productWithOptions(),
    adminChangeProduct: { category: 'hats' },
    adminAddVariant: { optionValues: [], additionalPrice: 0, stock: 1 },
    adminChangeVariant: { additionalPrice: 100 },
    adminAdjustStock: { delta: 1, reason: 'found' },
    adminCreateCoupon: {
      name: { ko: '쿠폰', en: 'Coupon' }, discountType: 'AMOUNT', discountValue: 100, totalQuantity: 1,
      startsAt: '2030-01-01T00:00:00Z', endsAt: '2030-01-02T00:00:00Z',
    },
    adminChangeCoupon: { totalQuantity: 30 },
    adminMoveDelivery: { deliveryStatus: 'SHIPPING' },
    adminCancelOrder: { reason: 'asked for' },
    adminAdjustWallet: { amount: 1, reason: 'found' },
    logOut: {},
  };
});
afterAll(() => shop.close());

/** Registered and logged in like anybody, so that there is an email, a name, a phone and a session to be found. */
async function newOwner(): Promise<TestUser> {
  const account = { email: 'owner@test.example', password, name: '주인장', phone: '010-9876-5432' };
  const { body: user } = await send(shop.app, undefined, 'POST', '/auth/register', account);
  const { body: tokens } = await send(shop.app, undefined, 'POST', '/auth/login', { email: account.email, password });
  const token: string = tokens.accessToken;
  await send(shop.app, token, 'POST', '/balance/charge', { amount: 500_000 });
  return { userId: user.userId, token, send: (...request) => send(shop.app, token, ...request) };
}

const isPublic = ({ operation }: DocumentedRoute) => operation.security?.length === 0;
const isAdmin = ({ path }: DocumentedRoute) => path.startsWith('/admin');
const guarded = () => routes.filter((route) => !isPublic(route));
const customers = () => guarded().filter((route) => !isAdmin(route));

/** A request that the right caller gets an answer to, on the owner's things. */
function requestOf({ path, operation }: DocumentedRoute): Request {
  const url = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    expect([path, name, ids[name] !== undefined]).toEqual([path, name, true]);
    return ids[name] ?? '';
  });
  const body = bodies[operation.operationId];
  if (operation.requestBody) expect([operation.operationId, 'has a body in this test', body !== undefined]).toEqual([operation.operationId, 'has a body in this test', true]);
  return { url, body };
}

const ask = (token: string | undefined, { method }: DocumentedRoute, { url, body }: Request) => send(shop.app, token, method as 'GET', url, body);

/** What the answer shows of the owner and the asker did not say themselves. */
function leaksIn({ body, headers }: Answer, request: Request): string[] {
  const [shown, said] = [JSON.stringify([body, headers]), JSON.stringify(request)];
  return secrets.filter((secret) => shown.includes(secret) && !said.includes(secret));
}

/** Asks for everything and expects these refusals; nothing may leak and nothing may change. */
async function expectRefused(token: string | undefined, requests: [DocumentedRoute, Request][], refusals: [status: number, code: RegExp][]): Promise<void> {
  const before = await tableContents(shop);
  const wrong: object[] = [];
  for (const [route, request] of requests) {
    const answer = await ask(token, route, request);
    const documented = Object.keys(route.operation.responses).includes(String(answer.status));
    const refused = refusals.some(([status, code]) => answer.status === status && code.test(answer.body.code));
    const leaks = leaksIn(answer, request);
    const asProblem = answer.headers['content-type'] === 'application/problem+json';
    if (!refused || !documented || !asProblem || leaks.length > 0) {
      wrong.push({ route: `${route.method} ${route.path}`, request, status: answer.status, answered: answer.body, documented, leaks });
    }
  }
  expect(wrong).toEqual([]);
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
}

const requestsTo = (asked: DocumentedRoute[]) => asked.map((route): [DocumentedRoute, Request] => [route, requestOf(route)]);

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
/** What a token would say that lets its bearer do everything. */
const everything = (exp = inAnHour()) => ({ sub: owner.userId, role: 'operator', exp });
const parts = (token: string) => token.split('.') as [string, string, string];

const badTokens: [string, () => string | undefined | Promise<string>][] = [
  ['none', () => undefined],
  ['one that has expired', () => createSigner({ key: authSecret, algorithm: 'HS256', noTimestamp: true })(everything(Math.floor(Date.now() / 1000) - 1))],
  ['one whose claims were changed', () => parts(stranger.token).with(1, encode(everything())).join('.')],
  ['one whose signature was changed', () => {
    const [head, claims, signature] = parts(operator.token);
    return [head, claims, (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)].join('.');
  }],
  ['one without a signature', () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(everything())}.`],
  ['one signed with another secret', () => signAccessToken('another secret that is long enough too', { userId: owner.userId, role: 'operator' }, 3_600)],
  ['one of a session that was ended', async () => {
    const account = { email: 'gone@test.example', password };
    await send(shop.app, undefined, 'POST', '/auth/register', { ...account, name: 'Gone' });
    await shop.rows(`UPDATE users SET role = 'operator' WHERE email = $1`, [account.email]);
    const { accessToken } = (await send(shop.app, undefined, 'POST', '/auth/login', account)).body;
    expect((await send(shop.app, accessToken, 'GET', '/admin/users')).status).toBe(200);
    await send(shop.app, accessToken, 'POST', '/auth/logout');
    return accessToken;
  }],
];

describe('whatever needs an account refuses the token', () => {
  test.each(badTokens)('%s', async (_what, make) => {
    await expectRefused(await make(), requestsTo(guarded()), [[401, /^UNAUTHENTICATED$/]]);
  });
});

// GET /live never ends; it counts stock and coupons and knows no user.
const readable = () => routes.filter((route) => isPublic(route) && route.method === 'GET' && route.path !== '/live');

describe('what anybody may read', () => {
  test.each(badTokens)('shows nothing of anybody; with this token: %s', async (_what, make) => {
    const token = await make();
    for (const [route, request] of requestsTo(readable())) {
      const answer = await ask(token, route, request);
      expect([route.path, answer.status, leaksIn(answer, request)]).toEqual([route.path, 200, []]);
    }
  });
});

test('a customer gets in nowhere under /admin', async () => {
  await expectRefused(stranger.token, requestsTo(routes.filter(isAdmin)), [[403, /^FORBIDDEN$/]]);
});

const namesIn = (route: DocumentedRoute, place: string): string[] =>
  (route.operation.parameters ?? []).filter((parameter: { in: string }) => parameter.in === place).map(({ name }: { name: string }) => name);
const fieldsOf = ({ operation }: DocumentedRoute) => Object.keys(operation.requestBody?.content['application/json'].schema.properties ?? {});
/** Names in a path that stand for one user's things. */
const namesInPath = (route: DocumentedRoute) => namesIn(route, 'path').filter((name) => !['productId', 'variantId', 'couponId'].includes(name));

describe("another's things", () => {
  /** What belongs to one user, by the names under which requests refer to it; everything else in a path is there for everybody. */
  const owned: Record<string, () => unknown> = {
    userId: () => ids['userId'],
    orderId: () => ids['orderId'],
    cartItemId: () => ids['cartItemId'],
    cartItemIds: () => [ids['cartItemId']],
    // In bodies this is the issued coupon; in paths it is the campaign.
    couponId: () => ids['issuedCouponId'],
  };
  const refusals: [number, RegExp][] = [[403, /^FORBIDDEN$/], [404, /^(ORDER|CART_ITEM|ISSUED_COUPON)_NOT_FOUND$/]];

  test('are known by their names: a new name in a path must say whose it is', () => {
    for (const route of customers()) for (const name of namesInPath(route)) expect([route.path, name, name in owned]).toEqual([route.path, name, true]);
  });

  test('are refused by the id in the path', async () => {
    const asked = requestsTo(customers().filter((route) => namesInPath(route).length > 0));
    expect(asked.length).toBeGreaterThanOrEqual(4);
    await expectRefused(stranger.token, asked, refusals);
  });

  test('are refused by ids in the query', async () => {
    const asked = customers().flatMap((route) =>
      namesIn(route, 'query').filter((name) => name in owned).map((name): [DocumentedRoute, Request] => {
        const request = requestOf(route);
        return [route, { ...request, url: `${request.url}?${name}=${String(owned[name]?.())}` }];
      }),
    );
    expect(asked.length).toBeGreaterThanOrEqual(6);
    await expectRefused(stranger.token, asked, refusals);
  });

  test('are refused by ids in the body', async () => {
    const asked = customers().flatMap((route) =>
      fieldsOf(route).filter((name) => name in owned).map((name): [DocumentedRoute, Request] => {
        const request = requestOf(route);
        return [route, { ...request, body: { ...request.body, [name]: owned[name]?.() } }];
      }),
    );
    expect(asked.length).toBeGreaterThanOrEqual(12);
    await expectRefused(stranger.token, asked, refusals);
  });

  test('do not show in what a customer reads of their own', async () => {
    for (const [route, request] of requestsTo(customers().filter(({ method, path }) => method === 'GET' && !path.includes('{')))) {
      const answer = await ask(stranger.token, route, request);
      expect([route.path, answer.status, leaksIn(answer, request)]).toEqual([route.path, 200, []]);
    }
  });
});

// Last, because it changes what the others look at.
test('the right caller gets an answer to each of these requests, so it was not for its form that it was refused', async () => {
  const [logOut, others] = [guarded().filter(({ path }) => path === '/auth/logout'), guarded().filter(({ path }) => path !== '/auth/logout')];
  for (const route of [...others, ...logOut]) {
    const { status, body } = await ask(isAdmin(route) ? operator.token : owner.token, route, requestOf(route));
    const answered = status < 300 || status === 409 || (status === 404 && body.code === 'CART_ITEM_NOT_FOUND');
    expect([route.path, status, body.code, answered]).toEqual([route.path, status, body.code, true]);
  }
});
