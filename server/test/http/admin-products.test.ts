import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefused, local, productWithOptions, simpleProduct } from '../admin.ts';
import { expectWaiting } from '../expect-waiting.ts';
import { findImbalances } from '../imbalances.ts';
import { collectPages } from '../pages.ts';
import { type Answer, type TestShop, type TestUser, openShop } from '../shop.ts';
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

const create = (body: object, headers?: Record<string, string>) => operator.send('POST', '/admin/products', body, headers);
const created = async (body: object = simpleProduct()) => {
  const answer = await create(body);
  expect(answer.status).toBe(201);
  return answer.body;
};
const patch = (productId: string, body: object, headers?: Record<string, string>) => operator.send('PATCH', `/admin/products/${productId}`, body, headers);
const idsOf = (answer: Answer) => answer.body.map(({ productId }: any) => productId);
const actionsOn = async (subjectId: string) => (await operator.send('GET', `/admin/actions?subjectId=${subjectId}`)).body;

describe('creating a product', () => {
  test('one without options is on sale at once, its first stock in the history', async () => {
    const answer = await create(simpleProduct());

    expect(answer).toMatchObject({
      status: 201,
      headers: { etag: '"1"', location: `/admin/products/${answer.body.productId}` },
      body: { version: 1, basePrice: 12_000, stock: 7, status: 'ON_SALE', description: { en: 'One line\nanother' } },
    });
    const { productId, variants: [variant] } = answer.body;
    expect(answer.body.images).toEqual([{ url: '/images/mug.svg', isMain: true }, { url: 'https://example.com/mug.jpg', isMain: false }]);
    expect((await operator.send('GET', `/admin/products/${productId}`)).body).toEqual(answer.body);
    expect((await operator.send('GET', `/admin/variants/${variant.variantId}/movements`)).body).toEqual([
      expect.objectContaining({ type: 'ADJUST', quantity: 7, stockBefore: 0, stockAfter: 7, operatorId: operator.userId, reason: 'FIRST_STOCK' }),
    ]);
    expect(await actionsOn(productId)).toEqual([
      expect.objectContaining({ action: 'create-product', operatorId: operator.userId, before: null, after: expect.objectContaining({ basePrice: 12_000 }) }),
    ]);
    const buyer = await shop.newBuyer(20_000);
    expect(await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })).toMatchObject({ status: 201, body: { totalPrice: 12_000 } });
    expect((await operator.send('GET', `/admin/products/${productId}`)).body).toMatchObject({ stock: 6, version: 1 });
  });

  test('one with options has the chosen combinations at their final prices', async () => {
    const product = await created(productWithOptions());

    expect(product.options).toEqual(productWithOptions().options);
    expect(product.variants).toMatchObject([
      { optionValues: [0, 0], additionalPrice: 0, price: 12_000, stock: 3 },
      { optionValues: [1, 1], additionalPrice: 1_000, price: 13_000, stock: 0 },
    ]);
    const shown = await operator.send('GET', `/products/${product.productId}`);
    expect(shown.body.variants.map(({ name }: any) => name)).toEqual(['red / S', 'blue / L']);
  });

  test('a repeat with the same Idempotency-Key makes nothing new', async () => {
    const [first, second] = await Promise.all([create(simpleProduct(), { 'idempotency-key': 'p1' }), create(simpleProduct(), { 'idempotency-key': 'p1' })]);

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body).toEqual(second.body);
    expect([first, second].filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(1);
    await expectRefused(shop, 'IDEMPOTENCY_KEY_REUSED', 422, () => create(simpleProduct({ category: 'food' }), { 'idempotency-key': 'p1' }));
  });

  test.each([
    ['a price that is not a multiple of the step', simpleProduct({ basePrice: 12_050 }), 'INVALID_PRICE'],
    ['a final price of nothing', simpleProduct({ variants: [{ optionValues: [], additionalPrice: -12_000, stock: 1 }] }), 'INVALID_PRICE'],
    ['a final price off the step', simpleProduct({ variants: [{ optionValues: [], additionalPrice: 50, stock: 1 }] }), 'INVALID_PRICE'],
    ['a final price above the largest', simpleProduct({ basePrice: 100_000_000, variants: [{ optionValues: [], additionalPrice: 100, stock: 1 }] }), 'INVALID_PRICE'],
    ['no variant', simpleProduct({ variants: [] }), 'VALIDATION_FAILED'],
    ['two variants without options', simpleProduct({ variants: Array.from({ length: 2 }, () => ({ optionValues: [], additionalPrice: 0, stock: 1 })) }), 'VALIDATION_FAILED'],
    ['a variant that leaves an option out', productWithOptions({ variants: [{ optionValues: [0], additionalPrice: 0, stock: 1 }] }), 'VALIDATION_FAILED'],
    ['a value that the option does not have', productWithOptions({ variants: [{ optionValues: [0, 2], additionalPrice: 0, stock: 1 }] }), 'VALIDATION_FAILED'],
    ['a combination twice', productWithOptions({ variants: Array.from({ length: 2 }, () => ({ optionValues: [0, 0], additionalPrice: 0, stock: 1 })) }), 'VALIDATION_FAILED'],
    ['an option twice', productWithOptions({ options: [{ name: local('Size'), values: [local('S')] }, { name: local('Size'), values: [local('L')] }] }), 'VALIDATION_FAILED'],
    ['a value twice in one language', productWithOptions({ options: [{ name: local('Size'), values: [local('S'), { ko: '다른', en: 'S' }] }] }), 'VALIDATION_FAILED'],
    ['two main images', simpleProduct({ images: [{ url: '/a', isMain: true }, { url: '/b', isMain: true }] }), 'VALIDATION_FAILED'],
    ['an image that is not on the web', simpleProduct({ images: [{ url: 'javascript:alert(1)' }] }), 'VALIDATION_FAILED'],
    ['a name with a NUL', simpleProduct({ name: { ko: 'a\0b', en: 'x' } }), 'VALIDATION_FAILED'],
    ['a description with a NUL', simpleProduct({ description: { ko: 'a\0b', en: 'x' } }), 'VALIDATION_FAILED'],
    ['negative stock', simpleProduct({ variants: [{ optionValues: [], additionalPrice: 0, stock: -1 }] }), 'VALIDATION_FAILED'],
    ['more stock than fits', simpleProduct({ variants: [{ optionValues: [], additionalPrice: 0, stock: 2 ** 31 }] }), 'VALIDATION_FAILED'],
    ['an unknown status', simpleProduct({ status: 'DELETED' }), 'VALIDATION_FAILED'],
    ['a field of its own', simpleProduct({ price: 1 }), 'VALIDATION_FAILED'],
  ])('%s is refused', async (_what, body, code) => {
    await expectRefused(shop, code, 400, () => create(body));
  });
});

describe('changing a product', () => {
  test('a new base price moves every final price; orders keep theirs', async () => {
    const { productId, variants } = await created(productWithOptions());
    const buyer = await shop.newBuyer(100_000);
    const order = () => buyer.send('POST', '/order', { items: [{ productId, variantId: variants[0].variantId, quantity: 1 }] });
    const before = await order();

    const changed = await patch(productId, { basePrice: 20_000 });

    expect(changed).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { version: 2, basePrice: 20_000 } });
    expect(changed.body.variants.map(({ price }: any) => price)).toEqual([20_000, 21_000]);
    expect((await operator.send('GET', `/admin/products/${productId}`)).body).toEqual(changed.body);
    expect((await order()).body.totalPrice).toBe(20_000);
    expect((await buyer.send('GET', `/orders/${before.body.orderId}`)).body.items[0].unitPrice).toBe(12_000);
    const [action] = await actionsOn(productId);
    expect(action).toMatchObject({ action: 'change-product', before: { basePrice: 12_000, version: 1 }, after: { basePrice: 20_000, version: 2 } });
  });

  test('what is left out stays, and everything that is given changes', async () => {
    const product = await created();
    const change = {
      name: local('Cup'), description: local('Other'), category: 'food', status: 'SUSPENDED', images: [{ url: '/b', isMain: false }, { url: '/c', isMain: true }],
    };

    expect((await patch(product.productId, { name: local('Bowl') })).body).toEqual({
      ...product, name: local('Bowl'), version: 2, updatedAt: expect.any(String),
    });
    expect((await patch(product.productId, change)).body).toMatchObject({ ...change, version: 3, basePrice: 12_000 });
    expect((await patch(product.productId, { images: [] })).body).toMatchObject({ images: [], version: 4 });
    expect((await operator.send('GET', `/admin/products/${product.productId}`)).body).toMatchObject({ ...change, images: [], version: 4 });
  });

  test('a product whose prices an earlier price step allowed can still be suspended', async () => {
    const { productId } = await shop.newProduct({ price: 1_050 });
    expect((await patch(productId, { status: 'SUSPENDED' })).body).toMatchObject({ status: 'SUSPENDED', version: 2 });
  });

  test.each([
    ['an empty change', {}, 'VALIDATION_FAILED'],
    ['a base price off the step', { basePrice: 150 }, 'INVALID_PRICE'],
    ['a base price that a variant cannot follow', { basePrice: 100_000_000 }, 'INVALID_PRICE'],
    ['options', { options: [] }, 'VALIDATION_FAILED'],
    ['two main images', { images: [{ url: '/a', isMain: true }, { url: '/b', isMain: true }] }, 'VALIDATION_FAILED'],
  ])('%s is refused', async (_what, change, code) => {
    const { productId } = await created(productWithOptions());
    await expectRefused(shop, code, 400, () => patch(productId, change));
  });

  test('one that does not exist is not found', async () => {
    await expectRefused(shop, 'PRODUCT_NOT_FOUND', 404, () => patch(idOfNothing, { status: 'SUSPENDED' }, { 'if-match': '"1"' }));
    expect((await operator.send('GET', `/admin/products/${idOfNothing}`)).body.code).toBe('PRODUCT_NOT_FOUND');
  });
});

describe('If-Match', () => {
  test('of parallel changes on one version exactly one succeeds', async () => {
    const { productId } = await created();

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => patch(productId, { basePrice: 1_000 + index * 100 }, { 'if-match': '"1"' })),
    );

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    for (const { body, headers } of answers.filter(({ status }) => status === 412)) {
      expect(body).toMatchObject({ code: 'PRECONDITION_FAILED', current: winner?.body });
      expect(headers['etag']).toBe('"2"');
    }
    expect(await actionsOn(productId)).toHaveLength(2);
  });

  test('without it every change succeeds, and the version counts them all', async () => {
    const { productId } = await created();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => patch(productId, { basePrice: 1_000 + index * 100 })));
    expect(answers.map(({ body }) => body.version).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test.each([['*', 200], ['"7", "1"', 200], ['"1"', 200], ['"2"', 412], ['W/"1"', 412], ['"x"', 412], ['1', 400], ['"1', 400]])('%s answers %i', async (ifMatch, status) => {
    const { productId } = await created();
    expect((await patch(productId, { status: 'SUSPENDED' }, { 'if-match': ifMatch })).status).toBe(status);
  });
});

describe('suspending against orders', () => {
  test('once it is answered no order of the product succeeds', async () => {
    const { productId, variants } = await created(productWithOptions({ variants: [
      { optionValues: [0, 0], additionalPrice: 0, stock: 10_000 }, { optionValues: [0, 1], additionalPrice: 0, stock: 10_000 },
    ] }));
    const buyers = await Promise.all(Array.from({ length: 30 }, () => shop.newBuyer(1_000_000)));
    let suspended = false;
    const late: Answer[] = [];
    const selling = buyers.map(async (buyer, index) => {
      for (let round = 0; round < 12; round += 1) {
        const startedAfter = suspended;
        const answer = await buyer.send('POST', '/order', { items: [{ productId, variantId: variants[index % 2].variantId, quantity: 1 }] });
        if (startedAfter) late.push(answer);
      }
    });
    await expect.poll(async () => (await shop.rows(`SELECT 1 FROM order_items i JOIN variants v ON v.id = i.variant_id WHERE v.product_id = $1 LIMIT 1`, [productId])).length).toBe(1);
    expect((await patch(productId, { status: 'SUSPENDED' })).status).toBe(200);
    suspended = true;
    const stock = async () => (await operator.send('GET', `/admin/products/${productId}`)).body.stock;
    const left = await stock();
    await Promise.all(selling);

    expect(late.length).toBeGreaterThan(0);
    expect(late.filter(({ status }) => status === 201)).toEqual([]);
    expect(new Set(late.map(({ body }) => body.code))).toEqual(new Set(['PRODUCT_NOT_ON_SALE']));
    expect(await stock()).toBe(left);
  });

  test('an order that has waited for it is not sold', async () => {
    const buyer = await shop.newBuyer(10_000);
    const { productId, variantIds: [variantId] } = await shop.newProduct();
    const suspending = await shop.database.pool.connect();
    try {
      await suspending.query('BEGIN');
      await suspending.query('SELECT FROM variants WHERE id = $1 FOR NO KEY UPDATE', [variantId]);
      const ordered = buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] });
      await expectWaiting(shop, 1, 'FROM variants');
      await suspending.query(`UPDATE products SET status = 'SUSPENDED' WHERE id = $1`, [productId]);
      await suspending.query('COMMIT');

      expect(await ordered).toMatchObject({ status: 409, body: { code: 'PRODUCT_NOT_ON_SALE' } });
    } finally {
      suspending.release();
    }
  });

  test('it also waits for a variant that was added while it waited, and for its orders', async () => {
    const { productId, variantIds: [variantId] } = await shop.newProduct();
    const added = idOfNothing.replace('0', 'f');
    const [adding, changing, selling] = await Promise.all(Array.from({ length: 3 }, async () => shop.database.pool.connect()));
    try {
      await adding?.query('BEGIN');
      await adding?.query('SELECT FROM variants WHERE id = $1 FOR NO KEY UPDATE', [variantId]);
      await adding?.query(`INSERT INTO variants (id, product_id, combination, additional_price, price, stock) VALUES ($1, $2, 'added', 0, 1000, 0)`, [added, productId]);
      await changing?.query('BEGIN');
      await changing?.query('SELECT FROM products WHERE id = $1 FOR NO KEY UPDATE', [productId]);
      let answered = false;
      const suspension = patch(productId, { status: 'SUSPENDED' }).finally(() => (answered = true));
      await expectWaiting(shop, 1);
      await adding?.query('COMMIT');
      await expectWaiting(shop, 1, 'products');
      await selling?.query('BEGIN');
      await selling?.query('SELECT FROM variants WHERE id = $1 FOR NO KEY UPDATE', [added]);
      await changing?.query('COMMIT');
      await expectWaiting(shop, 1, 'variants');
      expect(answered).toBe(false);
      await selling?.query('COMMIT');
      expect((await suspension).status).toBe(200);
    } finally {
      for (const client of [adding, changing, selling]) client?.release();
    }
  });

  test('a variant that is added meanwhile is suspended with the others', async () => {
    const { productId } = await created(productWithOptions());
    const texts = Array.from({ length: 12 }, (_, index) => local(`colour ${index}`));
    const [suspension, ...added] = await Promise.all([
      patch(productId, { status: 'SUSPENDED' }),
      ...texts.map((text) => operator.send('POST', `/admin/products/${productId}/variants`, { optionValues: [text, 0], additionalPrice: 0, stock: 5 })),
    ]);
    expect([suspension.status, ...new Set(added.map(({ status }) => status))]).toEqual([200, 201]);
    const { body } = await operator.send('GET', `/admin/products/${productId}`);
    expect(body).toMatchObject({ status: 'SUSPENDED', version: 14, stock: 3 + 60 });
    expect(body.variants).toHaveLength(14);
  });
});

describe('the list', () => {
  test('shows every status, newest first, in pages, and can be searched', async () => {
    const made = [];
    for (const [index, status] of ['ON_SALE', 'SUSPENDED', 'ON_SALE'].entries()) {
      made.unshift((await created(simpleProduct({ category: 'listed', status, name: { ko: `목록 ${index}`, en: `100%_${index}` } }))).productId);
    }

    expect((await collectPages(operator, '/admin/products?category=listed&limit=1')).flat().map(({ productId }) => productId)).toEqual(made);
    expect(idsOf(await operator.send('GET', '/admin/products?category=listed&status=SUSPENDED'))).toEqual([made[1]]);
    expect(idsOf(await operator.send('GET', `/admin/products?search=${encodeURIComponent('목록 2')}`))).toEqual([made[0]]);
    expect(idsOf(await operator.send('GET', `/admin/products?search=${encodeURIComponent('%_1')}`))).toEqual([made[1]]);
    expect((await operator.send('GET', '/admin/products?category=listed&limit=1')).body).toEqual([
      { productId: made[0], version: 1, category: 'listed', name: { ko: '목록 2', en: '100%_2' }, basePrice: 12_000, status: 'ON_SALE', stock: 7,
        imageUrl: '/images/mug.svg', createdAt: expect.any(String), updatedAt: expect.any(String) },
    ]);
    expect((await operator.send('GET', '/admin/products?cursor=x')).body.code).toBe('INVALID_CURSOR');
  });
});
