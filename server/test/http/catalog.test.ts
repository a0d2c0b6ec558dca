import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSampleShop } from '../../src/sample-shop.ts';
import { idOfNothing } from '../documented-routes.ts';
import { collectPages } from '../pages.ts';
import { type TestShop, type TestUser, openShop, send } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
  await loadSampleShop(shop.database);
});
afterAll(() => shop.close());

/** Nobody has to log in to browse. */
const browser: Pick<TestUser, 'send'> = { send: (...request) => send(shop.app, undefined, ...request) };
const get = (url: string, headers: Record<string, string> = {}) => browser.send('GET', url, undefined, headers);
const ids = (products: { productId: string }[]) => products.map(({ productId }) => productId);
const namesFound = async (search: string, more = '') => (await get(`/products?limit=100&search=${encodeURIComponent(search)}${more}`)).body.map(({ name }: { name: string }) => name).toSorted();

describe('the list', () => {
  test('has the sample catalog, 20 at a time, in exactly the documented shape', async () => {
    const { status, body } = await get('/products');

    expect(status).toBe(200);
    expect(body).toHaveLength(20);
    for (const product of body) {
      expect(product).toEqual({
        productId: expect.any(String), name: expect.any(String), price: expect.any(Number), stock: expect.any(Number),
        category: expect.any(String), status: 'ON_SALE', imageUrl: expect.stringMatching(/^\/images\/.+\.svg$/),
      });
      expect(product.price % 100).toBe(0);
    }
  });

  test.each([
    ['newest', (a: any, b: any) => (a.productId < b.productId ? 1 : -1)],
    ['price', (a: any, b: any) => a.price - b.price || (a.productId < b.productId ? -1 : 1)],
    ['-price', (a: any, b: any) => b.price - a.price || (a.productId < b.productId ? 1 : -1)],
    ['name', (a: any, b: any) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) || (a.productId < b.productId ? -1 : 1)],
  ])('sorted by %s, its pages visit every product on sale exactly once, in order', async (sort, compare) => {
    for (const language of ['en', 'ko']) {
      const pages = await collectPages(browser, `/products?sort=${sort}&limit=7`, undefined, { 'accept-language': language });
      const all = pages.flat();
      const onSale = await shop.rows<{ id: string }>(`SELECT id FROM products WHERE status = 'ON_SALE' ORDER BY id`);
      expect(ids(all).toSorted()).toEqual(onSale.map(({ id }) => id));
      expect(all).toEqual(all.toSorted(compare));
      expect(pages.slice(0, -1).every((page) => page.length === 7)).toBe(true);
    }
  });

  test('the last page, also when it is full, has no next one', async () => {
    const [{ count } = { count: 0 }] = await shop.rows<{ count: number }>(`SELECT count(*)::int AS count FROM products WHERE status = 'ON_SALE'`);
    const { body, headers } = await get(`/products?limit=${count}`);
    expect(body).toHaveLength(count);
    expect(headers).not.toHaveProperty('link');
  });

  test('filters by category, and pages keep the filter', async () => {
    const [{ category } = { category: '' }] = (await get('/products')).body;
    const pages = await collectPages(browser, `/products?category=${category}&limit=2`);
    expect(pages.flat().length).toBeGreaterThan(0);
    expect(new Set(pages.flat().map((product) => product.category))).toEqual(new Set([category]));
    expect((await get('/products?category=nothing-of-it')).body).toEqual([]);
  });

  test('the same page, asked for by different addresses, links to the next one by the address that asked', async () => {
    const addresses = ['/products', '/products?limit=20', '/products?sort=newest', '/products'];
    const links = [];
    for (const address of addresses) links.push((await get(address)).headers.link);
    const [cursor] = /cursor=[^>]+/.exec(String(links[0])) ?? [];
    expect(links).toEqual(['?', '?limit=20&', '?sort=newest&', '?'].map((query) => `</products${query}${cursor}>; rel="next"`));
  });

  test('shows no product that is suspended', async () => {
    const { productId } = await shop.newProduct({ name: 'Not for now', status: 'SUSPENDED' });
    expect(await namesFound('Not for now')).toEqual([]);
    expect(await get(`/products/${productId}`)).toMatchObject({ status: 404, body: { code: 'PRODUCT_NOT_FOUND' } });
  });
});

describe('search', () => {
  beforeAll(async () => {
    for (const name of ['100% Wool', '1000 Wool', 'a_b', 'aXb', String.raw`back\slash`, 'why? not', 'why not', "O'Neill", 'A+B & C']) await shop.newProduct({ name });
  });

  test.each([
    ['wool', ['100% Wool', '1000 Wool']],
    ['WOOL', ['100% Wool', '1000 Wool']],
    ['100%', ['100% Wool']],
    ['a_b', ['a_b']],
    ['\\', [String.raw`back\slash`]],
    ["o'n", ["O'Neill"]],
    ['a+b &', ['A+B & C']],
    ['%_%', []],
    ["'; DROP TABLE products; --", []],
  ])('%s is meant literally', async (search, names) => {
    expect((await namesFound(search)).filter((name: string) => /^(100|a|back|why|O'|A)/.test(name))).toEqual(names);
  });

  test('finds Korean and English names in either language', async () => {
    const [row] = await shop.rows<{ ko: string; en: string }>(`SELECT name_ko AS ko, name_en AS en FROM products WHERE name_ko ~ '[가-힣]' LIMIT 1`);
    const { ko = '', en = '' } = row ?? {};
    expect(await namesFound(ko)).toEqual([en]);
    expect(await namesFound(en)).toEqual([en]);
  });

  test('the next page of a search with a raw question mark searches for the same', async () => {
    const { body, headers } = await get('/products?search=why?&limit=1');
    expect(body).toMatchObject([{ name: 'why? not' }]);
    expect(headers).not.toHaveProperty('link');
    await shop.newProduct({ name: 'why? later' });

    const pages = await collectPages(browser, '/products?search=why?&limit=1');

    expect(pages).toMatchObject([[{ name: 'why? later' }], [{ name: 'why? not' }]]);
  });
});

describe('a product', () => {
  test('shows its images, options and variants in exactly the documented shape', async () => {
    const [{ id } = { id: '' }] = await shop.rows<{ id: string }>(
      `SELECT p.id FROM products p JOIN variants v ON v.product_id = p.id WHERE p.status = 'ON_SALE' GROUP BY p.id ORDER BY count(*) DESC, p.id LIMIT 1`,
    );

    const { body } = await get(`/products/${id}`);

    expect(Object.keys(body).toSorted()).toEqual(
      ['category', 'createdAt', 'description', 'imageUrl', 'images', 'name', 'options', 'price', 'productId', 'status', 'stock', 'variants'],
    );
    expect(body.images[0]).toEqual({ url: body.imageUrl, isMain: true, position: 0 });
    expect(body.options[0]).toEqual({ name: expect.any(String), values: expect.arrayContaining([expect.any(String)]) });
    expect(body.variants.length).toBeGreaterThan(1);
    for (const variant of body.variants) {
      expect(variant.price).toBe(body.price + variant.additionalPrice);
      expect(variant.name).toBe(variant.options.map(({ value }: { value: string }) => value).join(' / '));
      expect(variant.options.map(({ name }: { name: string }) => name)).toEqual(body.options.map(({ name }: { name: string }) => name));
    }
    expect(body.variants.reduce((sum: number, { stock }: { stock: number }) => sum + stock, 0)).toBe(body.stock);
    expect(await get(body.imageUrl)).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('image/svg+xml') } });
  });

  test('without options has one variant without a name', async () => {
    const { productId, variantIds } = await shop.newProduct({ stocks: [3] });
    expect((await get(`/products/${productId}`)).body).toMatchObject({
      stock: 3, images: [], options: [], imageUrl: null, variants: [{ variantId: variantIds[0], name: '', options: [], additionalPrice: 0, price: 1_000, stock: 3 }],
    });
  });

  test('shows its stock as it is now, everywhere', async () => {
    const { productId, variantIds } = await shop.newProduct({ name: 'Live stock', stocks: [5, 7] });
    const buyer = await shop.newBuyer(10_000);
    await buyer.send('POST', '/order', { items: [{ productId, variantId: variantIds[1], quantity: 4 }] });

    const { body } = await get(`/products/${productId}`);

    expect([body.stock, ...body.variants.map(({ stock }: { stock: number }) => stock)]).toEqual([8, 5, 3]);
    expect((await get('/products?search=Live%20stock')).body).toMatchObject([{ stock: 8 }]);
  });

  test('that does not exist is not found', async () => {
    expect(await get(`/products/${idOfNothing}`)).toMatchObject({ status: 404, body: { code: 'PRODUCT_NOT_FOUND' } });
  });
});

describe('the language', () => {
  test.each<[Record<string, string>, 'en' | 'ko']>([
    [{}, 'en'],
    [{ 'accept-language': 'ko' }, 'ko'],
    [{ 'accept-language': 'ko-KR,ko;q=0.9,en-US;q=0.8' }, 'ko'],
    [{ 'accept-language': 'en-US,en;q=0.9,ko;q=0.8' }, 'en'],
    [{ 'accept-language': 'ko;q=0.3, en;q=0.8' }, 'en'],
    [{ 'accept-language': 'fr, ko;q=0.5' }, 'ko'],
    [{ 'accept-language': 'ko;q=0, fr' }, 'en'],
    [{ 'accept-language': 'fr' }, 'en'],
    [{ 'accept-language': '*' }, 'en'],
    [{ 'accept-language': ';;q=,,ko;q=x' }, 'en'],
  ])('of %j is %s', async (headers, language) => {
    const [row] = await shop.rows<{ id: string; ko: string; en: string }>(`SELECT id, name_ko AS ko, name_en AS en FROM products WHERE status = 'ON_SALE' AND name_ko <> name_en LIMIT 1`);
    const { body } = await get(`/products/${row?.id}`, headers);
    expect(body.name).toBe(row?.[language]);
  });
});
