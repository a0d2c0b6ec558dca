import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentedRoutes } from '../documented-routes.ts';
import { type TestShop, openShop, send } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

const inject = (method: string, url: string, headers: Record<string, string> = {}) => shop.app.inject({ method: method as 'GET', url, headers });

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { body } = await send(shop.app, undefined, 'GET', '/openapi.json');

    const { valid, errors } = await new Validator().validate(body);

    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(body.openapi).toBe('3.1.0');
  });

  test('names every operation once, with a summary, a tag and its answers', async () => {
    const { body } = await send(shop.app, undefined, 'GET', '/openapi.json');
    const tags = body.tags.map(({ name }: { name: string }) => name);
    const routes = await documentedRoutes(shop.app);

    for (const { method, path, operation } of routes) {
      expect([method, path, operation.operationId]).toEqual([method, path, expect.stringMatching(/^[a-z][A-Za-z]+$/)]);
      expect([path, operation.summary]).toEqual([path, expect.any(String)]);
      expect([path, operation.tags.length > 0, operation.tags.filter((tag: string) => !tags.includes(tag))]).toEqual([path, true, []]);
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    }
    expect(new Set(routes.map(({ operation }) => operation.operationId)).size).toBe(routes.length);
  });

  test('has the routes that the source documents fix', async () => {
    const routes = (await documentedRoutes(shop.app)).map(({ method, path }) => `${method} ${path}`);
    for (const route of ['POST /balance/charge', 'GET /balance', 'GET /products', 'GET /products/top', 'POST /order']) expect(routes).toContain(route);
  });

  test('says of every problem that it is application/problem+json', async () => {
    for (const { path, operation } of await documentedRoutes(shop.app)) {
      for (const [status, { content }] of Object.entries<any>(operation.responses)) {
        if (Number(status) >= 400) expect([path, status, Object.keys(content)]).toEqual([path, status, ['application/problem+json']]);
      }
    }
  });

  test('links lead to operations that exist, and name parameters and fields that they have', async () => {
    const routes = await documentedRoutes(shop.app);
    const links = routes.flatMap(({ path, operation }) =>
      Object.values<any>(operation.responses).flatMap((response) => Object.values<any>(response.links ?? {}).map((link) => ({ path, link }))),
    );
    expect(links.length).toBeGreaterThan(50);
    for (const { path, link } of links) {
      const target = routes.find(({ operation }) => operation.operationId === link.operationId)?.operation;
      expect([path, link.operationId, target !== undefined]).toEqual([path, link.operationId, true]);
      const parameters = (target.parameters ?? []).map(({ name }: { name: string }) => name);
      expect([path, link.operationId, parameters]).toEqual([path, link.operationId, expect.arrayContaining(Object.keys(link.parameters))]);
      const fields = Object.keys(target.requestBody?.content['application/json'].schema.properties ?? {});
      expect([path, link.operationId, fields]).toEqual([path, link.operationId, expect.arrayContaining(Object.keys(link.requestBody ?? {}))]);
    }
  });

  test('says that what has a default, and a body of which everything may be left out, may be left out', async () => {
    const routes = await documentedRoutes(shop.app);
    for (const { path, operation } of routes) {
      for (const { name, schema, required } of operation.parameters ?? []) {
        if (schema.default !== undefined) expect([path, name, required ?? false]).toEqual([path, name, false]);
      }
    }
    const optional = routes.filter(({ operation }) => operation.requestBody?.required === false).map(({ operation }) => operation.operationId);
    expect(new Set(optional)).toEqual(new Set(['cancelOrder', 'issueCoupon', 'logOut', 'orderCart', 'removeFromCart']));
    const body = (operationId: string) => routes.find(({ operation }) => operation.operationId === operationId)?.operation.requestBody.content['application/json'].schema;
    expect(body('adminCreateCoupon').required).not.toContain('lifeDays');
  });

  test('can be browsed by anyone', async () => {
    expect(await inject('GET', '/')).toMatchObject({ statusCode: 302, headers: { location: '/docs' } });
    const page = await inject('GET', '/docs/');
    expect(page.statusCode).toBe(200);
    expect((await inject('GET', '/docs/json')).json()).toEqual((await inject('GET', '/openapi.json')).json());
  });
});

describe('who may call', () => {
  test('every route but the public ones refuses a request without a token or with a bad one', async () => {
    const guarded = (await documentedRoutes(shop.app)).filter(({ operation }) => operation.security?.length !== 0);
    expect(guarded.map(({ path }) => path)).toEqual(expect.arrayContaining(['/me', '/balance', '/balance/charge', '/balance/history', '/order', '/orders', '/orders/{orderId}', '/auth/logout']));

    for (const { method, url } of guarded) {
      for (const authorization of [undefined, 'Bearer x', 'Bearer ', 'Basic a2ltOnBhc3M=', 'x']) {
        const response = await inject(method, url, authorization === undefined ? {} : { authorization });
        expect([method, url, response.statusCode, response.json().code]).toEqual([method, url, 401, 'UNAUTHENTICATED']);
        expect(response.headers['www-authenticate']).toBe('Bearer');
      }
    }
  });

  test('a public route ignores a bad token', async () => {
    for (const url of ['/products', '/products/top', '/healthz']) expect((await inject('GET', url, { authorization: 'Bearer x' })).statusCode).toBe(200);
  });
});

describe('methods', () => {
  test('one that an address does not take is refused with those it takes', async () => {
    const routes = await documentedRoutes(shop.app);
    for (const [path, taken] of Object.entries(Object.groupBy(routes, (route) => route.path))) {
      const known = new Set<string>((taken ?? []).map(({ method }) => method));
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']) {
        if (known.has(method)) continue;
        const response = await inject(method, taken?.[0]?.url ?? '');
        expect([method, path, response.statusCode, response.json().code]).toEqual([method, path, 405, 'METHOD_NOT_ALLOWED']);
        const allow = String(response.headers.allow).split(', ');
        expect(allow.filter((each) => each !== 'HEAD').toSorted()).toEqual([...known].filter((each) => each !== 'HEAD').toSorted());
      }
    }
  });

  test('HEAD answers like GET, without the body', async () => {
    const response = await inject('HEAD', '/products');
    expect([response.statusCode, response.payload]).toEqual([200, '']);
  });

  test('an address that does not exist is not found, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) expect([method, (await inject(method, '/nowhere')).json().code]).toEqual([method, 'ROUTE_NOT_FOUND']);
  });
});

describe('operation', () => {
  test('/healthz and /readyz tell that the process lives and that its database answers', async () => {
    expect((await inject('GET', '/healthz')).json()).toEqual({ status: 'alive' });
    expect((await inject('GET', '/readyz')).json()).toEqual({ status: 'ready' });
  });

  test('/metrics shows request durations by route, batch sizes and the queue of the desk', async () => {
    const buyer = await shop.newBuyer();
    await buyer.send('POST', '/balance/charge', { amount: 1 });
    await buyer.send('GET', `/orders/${buyer.userId}`);

    const { statusCode, payload, headers } = await inject('GET', '/metrics');

    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('text/plain');
    expect(payload).toMatch(/^http_request_duration_seconds_count\{method="POST",route="\/balance\/charge",status="200"\} \d+$/m);
    expect(payload).toContain('route="/orders/:orderId",status="404"');
    expect(payload).toMatch(/^openrun_desk_batch_size_count [1-9]\d*$/m);
    expect(payload).toMatch(/^openrun_desk_waiting 0$/m);
    expect(payload).not.toContain(buyer.userId);
  });

  test('/metrics asks for the METRICS_TOKEN where there is one, and for nothing else', async () => {
    const token = 'a-token-for-metrics';
    const guarded = await openShop({ METRICS_TOKEN: token });
    const operator = await guarded.newOperator();
    for (const wrong of [undefined, operator.token, `${token}x`, token.slice(1), token.toUpperCase()]) {
      expect(await send(guarded.app, wrong, 'GET', '/metrics')).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    }
    expect(await send(guarded.app, token, 'GET', '/metrics')).toMatchObject({ status: 200, body: expect.stringContaining('openrun_desk_waiting') });
    await guarded.close();
  });

  test('answers carry the usual security headers', async () => {
    expect((await inject('GET', '/products')).headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
  });
});
