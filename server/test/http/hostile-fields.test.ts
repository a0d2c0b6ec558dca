import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DocumentedRoute, documentedRoutes, idOfNothing, routesWithBody } from '../documented-routes.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

/** Every field of every body, every parameter of every address, with values that nobody means. From the OpenAPI document. */

let shop: TestShop;
/** May call every route, so that what is refused is the value. */
let operator: TestUser;
let before: Record<string, string> = {};
beforeAll(async () => {
  shop = await openShop();
  operator = await shop.newOperator();
  before = await tableContents(shop);
});
afterAll(async () => {
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
  await shop.close();
});

interface Schema {
  type?: string;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  items?: Schema;
  pattern?: string;
  format?: string;
  enum?: string[];
}

interface Field {
  /** As a problem names it: items.0.quantity. */
  path: string;
  /** JSON around a value: a body in which only this field stands. */
  around: (value: string) => string;
  schema: Schema;
}

/** All fields of a body, however deep; of a list the fields of its first element. */
function fieldsIn(schema: Schema, path: string[], around: Field['around']): Field[] {
  const own = path.length > 0 ? [{ path: path.join('.'), around, schema }] : [];
  const options = schema.anyOf ?? [schema];
  const inside = options.flatMap(({ properties = {}, items }) => [
    ...Object.entries(properties).flatMap(([name, inner]) => fieldsIn(inner, [...path, name], (value) => around(`{"${name}":${value}}`))),
    ...(items ? fieldsIn(items, [...path, '0'], (value) => around(`[${value}]`)) : []),
  ]);
  return [...own, ...inside];
}

async function bodyFields(): Promise<{ route: DocumentedRoute; field: Field }[]> {
  return (await routesWithBody(shop.app)).flatMap((route) => {
    const schema: Schema = route.operation.requestBody.content['application/json'].schema;
    return fieldsIn(schema, [], (value) => value).map((field) => ({ route, field }));
  });
}

const typesOf = ({ type, anyOf = [] }: Schema): (string | undefined)[] => [type, ...anyOf.map((option) => option.type)];

/** Sends a field with each value, and gives those that were not refused by its name. */
async function takenIn(route: DocumentedRoute, field: Field, values: string[]): Promise<object[]> {
  const taken: object[] = [];
  for (const value of values) {
    const response = await shop.app.inject({
      method: route.method as 'POST', url: route.url, payload: field.around(value),
      headers: { authorization: `Bearer ${operator.token}`, 'content-type': 'application/json' },
    });
    const { code, errors = [] } = response.json();
    const named = errors.some(({ field: name }: { field: string }) => name === field.path || name.startsWith(`${field.path}.`));
    if (response.statusCode !== 400 || code !== 'VALIDATION_FAILED' || !named) {
      taken.push({ route: `${route.method} ${route.path}`, field: field.path, value, status: response.statusCode, code, errors });
    }
  }
  return taken;
}

describe('every field of every body', () => {
  const badNumbers = ['1.5', '1e-7', '9007199254740992', '-9007199254740993', '1e309', '-1e309', '"1"', '""', 'true', '[1]', '{}', '"Infinity"', '"0x1"'];

  test('that is a whole number refuses everything else, and what is too large to be exact', async () => {
    const numbers = (await bodyFields()).filter(({ field }) => typesOf(field.schema).includes('integer'));
    expect(numbers.length).toBeGreaterThan(25);
    const taken = await Promise.all(numbers.map(({ route, field }) => takenIn(route, field, typesOf(field.schema).includes('null') ? badNumbers : [...badNumbers, 'null'])));
    expect(taken.flat()).toEqual([]);
  });

  test('that counts or prices something refuses less than the least', async () => {
    const positive = (await bodyFields()).filter(({ field }) => /quantity$|amount$|basePrice$|stock$|lifeDays$|totalQuantity$|discountValue$|minimumOrderAmount$/.test(field.path));
    expect(positive.length).toBeGreaterThan(10);
    // An operator corrects a wallet downwards too.
    for (const { route, field } of positive.filter((each) => each.route.operation.operationId !== 'adminAdjustWallet')) {
      const mayBeZero = /amount$|stock$|minimumOrderAmount$/.test(field.path);
      expect(await takenIn(route, field, mayBeZero ? ['-1'] : ['0', '-1'])).toEqual([]);
    }
  });

  test('that is a text refuses what is none', async () => {
    const texts = (await bodyFields()).filter(({ field }) => typesOf(field.schema).includes('string'));
    expect(texts.length).toBeGreaterThan(40);
    expect((await Promise.all(texts.map(({ route, field }) => takenIn(route, field, ['1', 'true', '{}', '["x"]', '{"toString":"x"}'])))).flat()).toEqual([]);
  });

  test('that is shown or stored as text refuses NUL bytes, control characters and lone surrogates', async () => {
    // A password is any text, and only its hash is kept; so is a refresh token.
    const secrets = ['password', 'refreshToken'];
    const texts = (await bodyFields()).filter(({ field }) => typesOf(field.schema).includes('string') && !secrets.includes(field.path));
    const taken = await Promise.all(texts.map(({ route, field }) => takenIn(route, field, [String.raw`"a\u0000b"`, String.raw`"\u0007"`, String.raw`"\ud800"`, String.raw`"x\udfffy"`])));
    expect(taken.flat()).toEqual([]);
  });
});

const parametersIn = async (place: string) =>
  (await documentedRoutes(shop.app))
    .filter(({ path }) => path !== '/live')
    .flatMap((route) => (route.operation.parameters ?? []).filter((parameter: { in: string }) => parameter.in === place).map((parameter: { name: string; schema: Schema }) => ({ route, ...parameter })));
const ask = ({ method }: DocumentedRoute, url: string) => operator.send(method as 'GET', url, method === 'GET' ? undefined : {});

describe('every parameter of every address', () => {
  test('refuses to be repeated', async () => {
    const parameters = await parametersIn('query');
    expect(parameters.length).toBeGreaterThan(50);
    for (const { route, name, schema } of parameters) {
      const value = schema.enum?.[0] ?? (schema.format === 'uuid' ? idOfNothing : schema.format === 'date-time' ? '2030-01-01T00:00:00Z' : '1');
      const { status, body } = await ask(route, `${route.url}?${name}=${value}&${name}=${value}`);
      expect([route.path, name, status, body.code, body.errors?.[0].field]).toEqual([route.path, name, 400, 'VALIDATION_FAILED', name]);
    }
  });

  test('refuses NUL bytes and bytes that are no text', async () => {
    for (const { route, name } of await parametersIn('query')) {
      const { status, body } = await ask(route, `${route.url}?${name}=%00`);
      expect([route.path, name, status, body.code]).toEqual([route.path, name, 400, expect.stringMatching(/^(VALIDATION_FAILED|INVALID_CURSOR)$/)]);
      for (const value of ['%zz', '%ff%fe', '%ed%a0%80', '%']) {
        const answer = await ask(route, `${route.url}?${name}=${value}`);
        expect([route.path, name, value, answer.status < 500]).toEqual([route.path, name, value, true]);
      }
    }
  });

  test('in a path refuses what is no id', async () => {
    const parameters = await parametersIn('path');
    expect(parameters.length).toBeGreaterThan(15);
    for (const { route, name } of parameters) {
      for (const value of ['1', '0', '-1', '%00', '%20', '..%2f..', '__proto__', idOfNothing.toUpperCase().replace('7', 'A'), `${idOfNothing}%00`]) {
        const { status, body } = await ask(route, route.path.replace(`{${name}}`, value).replaceAll(/\{\w+\}/g, idOfNothing));
        expect([route.path, value, status, body.code]).toEqual([route.path, value, 400, 'VALIDATION_FAILED']);
      }
      for (const value of ['%zz', '%', '%c0%ae', '%ed%a0%80']) {
        const { status, body } = await ask(route, route.path.replace(`{${name}}`, value).replaceAll(/\{\w+\}/g, idOfNothing));
        expect([route.path, value, [400, 404].includes(status), body.status]).toEqual([route.path, value, true, status]);
      }
    }
  });
});
