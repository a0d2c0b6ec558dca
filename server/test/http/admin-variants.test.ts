import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefused, local, productWithOptions, simpleProduct } from '../admin.ts';
import { findImbalances } from '../imbalances.ts';
import { collectPages } from '../pages.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { idOfNothing } from '../documented-routes.ts';

let shop: TestShop;
let operator: TestUser;
beforeAll(async () => {
  shop = await openShop({ DATABASE_POOL_MAX: '8' });
  operator = await shop.newOperator();
});
afterAll(async () => {
  expect(await findImbalances(shop.rows)).toEqual([]);
  await shop.close();
});

const created = async (body: object = simpleProduct()) => {
  const answer = await operator.send('POST', '/admin/products', body);
  expect(answer.status).toBe(201);
  return answer.body;
};
const add = (productId: string, body: object, headers?: Record<string, string>) => operator.send('POST', `/admin/products/${productId}/variants`, body, headers);
const adjust = (variantId: string, body: object, headers?: Record<string, string>) => operator.send('POST', `/admin/variants/${variantId}/stock`, body, headers);
const actionsOn = async (subjectId: string) => (await operator.send('GET', `/admin/actions?subjectId=${subjectId}`)).body;

describe('variants', () => {
  test('a further combination, also of a new value, is named and sold like the others', async () => {
    const { productId } = await created(productWithOptions());

    expect(await add(productId, { optionValues: [0, 1], additionalPrice: 500, stock: 2 })).toMatchObject({
      status: 201, headers: { etag: '"2"' }, body: { productId, version: 2, optionValues: [0, 1], price: 12_500, stock: 2 },
    });
    const green = await add(productId, { optionValues: [local('green'), local('L')], additionalPrice: 0, stock: 1 });
    expect(green).toMatchObject({ status: 201, body: { optionValues: [2, 1], version: 3 } });

    const shown = await operator.send('GET', `/products/${productId}`);
    expect(shown.body.options).toEqual([{ name: 'Colour', values: ['red', 'blue', 'green'] }, { name: 'Size', values: ['S', 'L'] }]);
    expect(shown.body.variants.map(({ name }: any) => name)).toEqual(['red / S', 'blue / L', 'red / L', 'green / L']);
    expect(await actionsOn(green.body.variantId)).toMatchObject([{ action: 'create-variant', after: { productId, stock: 1, price: 12_000 } }]);
    const buyer = await shop.newBuyer(20_000);
    const order = await buyer.send('POST', '/order', { items: [{ productId, variantId: green.body.variantId, quantity: 1 }] });
    expect(order.status).toBe(201);
  });

  test('a repeat with the same Idempotency-Key adds nothing', async () => {
    const { productId } = await created(productWithOptions());
    const body = { optionValues: [0, 1], additionalPrice: 0, stock: 2 };
    const first = await add(productId, body, { 'idempotency-key': 'v1' });
    expect(await add(productId, body, { 'idempotency-key': 'v1' })).toMatchObject({ status: 201, body: first.body, headers: { 'idempotency-replayed': 'true' } });
    const taken = await add(productId, body, { 'idempotency-key': 'v2' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'COMBINATION_TAKEN' } });
    expect(await add(productId, body, { 'idempotency-key': 'v2' })).toMatchObject({ status: 409, headers: { 'idempotency-replayed': 'true' } });
  });

  test('of parallel additions of one combination exactly one succeeds', async () => {
    const { productId } = await created(productWithOptions());
    const answers = await Promise.all(Array.from({ length: 6 }, () => add(productId, { optionValues: [1, 0], additionalPrice: 0, stock: 1 })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'COMBINATION_TAKEN')).toHaveLength(5);
  });

  test.each([
    ['a combination that is there', { optionValues: [0, 0], additionalPrice: 0, stock: 1 }, 'COMBINATION_TAKEN', 409],
    ['a value for one option only', { optionValues: [0], additionalPrice: 0, stock: 1 }, 'OPTIONS_FIXED', 409],
    ['an index that leads nowhere', { optionValues: [0, 9], additionalPrice: 0, stock: 1 }, 'OPTIONS_FIXED', 409],
    ['a value of another name in one language', { optionValues: [{ ko: '다른', en: 'red' }, 0], additionalPrice: 0, stock: 1 }, 'VALIDATION_FAILED', 400],
    ['a price off the step', { optionValues: [0, 1], additionalPrice: 1, stock: 1 }, 'INVALID_PRICE', 400],
    ['stock below nothing', { optionValues: [0, 1], additionalPrice: 0, stock: -1 }, 'VALIDATION_FAILED', 400],
  ])('%s is refused', async (_what, body, code, status) => {
    const { productId } = await created(productWithOptions());
    await expectRefused(shop, code, status, () => add(productId, body));
  });

  test('a product without options gets no second one, nor one that does not exist', async () => {
    const { productId } = await created();
    await expectRefused(shop, 'OPTIONS_FIXED', 409, () => add(productId, { optionValues: [], additionalPrice: 0, stock: 1 }));
    await expectRefused(shop, 'PRODUCT_NOT_FOUND', 404, () => add(idOfNothing, { optionValues: [], additionalPrice: 0, stock: 1 }));
  });

  test('an additional price is changed with the version of the product', async () => {
    const { productId, variants: [, variant] } = await created(productWithOptions());
    const change = (body: object, headers?: Record<string, string>) => operator.send('PATCH', `/admin/variants/${variant.variantId}`, body, headers);

    expect(await change({ additionalPrice: -2_000 }, { 'if-match': '"1"' })).toMatchObject({
      status: 200, headers: { etag: '"2"' }, body: { ...variant, additionalPrice: -2_000, price: 10_000, productId, version: 2 },
    });
    const late = await expectRefused(shop, 'PRECONDITION_FAILED', 412, () => change({ additionalPrice: 0 }, { 'if-match': '"1"' }));
    expect(late).toMatchObject({ headers: { etag: '"2"' }, body: { current: { variantId: variant.variantId, additionalPrice: -2_000, version: 2 } } });
    await expectRefused(shop, 'INVALID_PRICE', 400, () => change({ additionalPrice: -12_000 }));
    await expectRefused(shop, 'VALIDATION_FAILED', 400, () => change({ price: 1 }));
    await expectRefused(shop, 'VARIANT_NOT_FOUND', 404, () => operator.send('PATCH', `/admin/variants/${idOfNothing}`, { additionalPrice: 0 }));
    expect(await actionsOn(variant.variantId)).toMatchObject([{ action: 'change-variant', before: { price: 13_000 }, after: { price: 10_000 } }]);
  });
});

describe('stock', () => {
  test('is corrected with a reason, once for each Idempotency-Key', async () => {
    const { variants: [{ variantId }] } = await created();

    expect(await adjust(variantId, { delta: 5, reason: 'Delivery' }, { 'idempotency-key': 's1' })).toMatchObject({ status: 200, body: { variantId, stock: 12 } });
    expect(await adjust(variantId, { delta: 5, reason: 'Delivery' }, { 'idempotency-key': 's1' })).toMatchObject({ body: { stock: 12 }, headers: { 'idempotency-replayed': 'true' } });
    expect((await adjust(variantId, { delta: -12, reason: 'Broken' })).body.stock).toBe(0);

    const pages = await collectPages(operator, `/admin/variants/${variantId}/movements?limit=2`);
    expect(pages.map((page) => page.map(({ quantity, reason }) => [quantity, reason]))).toEqual([[[-12, 'Broken'], [5, 'Delivery']], [[7, 'FIRST_STOCK']]]);
    expect((await actionsOn(variantId)).map(({ action, reason, before, after }: any) => [action, reason, before.stock, after.stock])).toEqual([
      ['adjust-stock', 'Broken', 12, 0], ['adjust-stock', 'Delivery', 7, 12],
    ]);
  });

  test('parallel corrections and sales add up', async () => {
    const { productId, variants: [{ variantId }] } = await created(simpleProduct({ basePrice: 100, variants: [{ optionValues: [], additionalPrice: 0, stock: 100 }] }));
    const buyer = await shop.newBuyer(10_000);
    await Promise.all(Array.from({ length: 20 }, (_, index) => [
      adjust(variantId, { delta: index % 2 ? 3 : -1, reason: 'Count' }), buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] }),
    ]).flat());
    expect((await operator.send('GET', `/admin/products/${productId}`)).body.stock).toBe(100 + 30 - 10 - 20);
  });

  test.each([
    ['more than there is', { delta: -8, reason: 'x' }, 'OUT_OF_STOCK', 409],
    ['more than fits', { delta: 1_000_000_000, reason: 'x' }, 'STOCK_LIMIT_EXCEEDED', 409],
    ['nothing', { delta: 0, reason: 'x' }, 'VALIDATION_FAILED', 400],
    ['no reason', { delta: 1 }, 'VALIDATION_FAILED', 400],
    ['an empty reason', { delta: 1, reason: '' }, 'VALIDATION_FAILED', 400],
    ['half a unit', { delta: 0.5, reason: 'x' }, 'VALIDATION_FAILED', 400],
    ['a number beyond all', { delta: 1e300, reason: 'x' }, 'VALIDATION_FAILED', 400],
  ])('%s is refused', async (_what, body, code, status) => {
    const { variants: [{ variantId }] } = await created();
    await expectRefused(shop, code, status, () => adjust(variantId, body));
  });

  test('of a variant that does not exist is not found', async () => {
    await expectRefused(shop, 'VARIANT_NOT_FOUND', 404, () => adjust(idOfNothing, { delta: 1, reason: 'x' }));
    expect((await operator.send('GET', `/admin/variants/${idOfNothing}/movements`)).body.code).toBe('VARIANT_NOT_FOUND');
  });
});
