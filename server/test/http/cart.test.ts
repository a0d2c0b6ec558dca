import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { findImbalances } from '../imbalances.ts';
import { type Answer, type MadeProduct, type TestShop, type TestUser, openShop, send } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => expect(await findImbalances(shop.rows)).toEqual([]));
afterAll(() => shop.close());

const add = (buyer: TestUser, { productId }: MadeProduct, quantity = 1, different: object = {}) =>
  buyer.send('POST', '/cart/add', { productId, quantity, ...different });
const remove = (buyer: TestUser, query: string, body?: object) => buyer.send('DELETE', `/cart/remove${query}`, body);
const contents = ({ body }: Answer): [string, number][] => body.items.map(({ variantId, quantity }: any) => [variantId, quantity]);
const cartOf = async (buyer: TestUser) => contents(await buyer.send('GET', '/cart'));

/** A buyer whose cart holds one of each: red shirts, blue shirts, a mug. */
async function fullCart() {
  const buyer = await shop.newBuyer(10_000);
  const [shirts, mug] = [await shop.newProduct({ stocks: [5, 5] }), await shop.newProduct({ name: 'Mug', price: 2_000 })];
  const [red = '', blue = ''] = shirts.variantIds;
  for (const variantId of [red, blue]) await add(buyer, shirts, 1, { variantId });
  const { body } = await add(buyer, mug);
  const [redItem, blueItem, mugItem] = body.items.map(({ cartItemId }: any) => cartItemId) as [string, string, string];
  return { buyer, shirts, mug, red, blue, mugVariant: mug.variantIds[0] ?? '', redItem, blueItem, mugItem };
}

describe('the cart', () => {
  test('is empty at first, and shows everything about its items', async () => {
    const buyer = await shop.newBuyer();
    expect(await buyer.send('GET', '/cart')).toMatchObject({ status: 200, body: { userId: buyer.userId, items: [], itemsPrice: 0 } });
    const mug = await shop.newProduct({ name: 'Mug', price: 2_000, stocks: [7] });

    const added = await add(buyer, mug, 3);

    const [{ cartItemId }] = added.body.items;
    const item = {
      cartItemId, productId: mug.productId, variantId: mug.variantIds[0], productName: 'Mug', variantName: '', imageUrl: null,
      quantity: 3, price: 2_000, linePrice: 6_000, stock: 7, orderable: true,
    };
    expect(added).toMatchObject({ status: 200 });
    expect(added.body).toEqual({ userId: buyer.userId, items: [item], itemsPrice: 6_000 });
    expect((await buyer.send('GET', `/cart?userId=${buyer.userId}`)).body).toEqual(added.body);
  });

  test('follows price, stock and status of its products live, and says what can be ordered now', async () => {
    const { buyer, shirts, mug, red, blue } = await fullCart();
    const cart = async () => {
      const { body } = await buyer.send('GET', '/cart');
      return [body.itemsPrice, ...body.items.map(({ price, stock, orderable }: any) => [price, stock, orderable])];
    };
    expect(await cart()).toEqual([4_000, [1_000, 5, true], [1_000, 5, true], [2_000, 10, true]]);
    await shop.rows('UPDATE variants SET price = 1500 WHERE id = $1', [red]);
    const other = await shop.newBuyer(10_000);
    await other.send('POST', '/order', { items: [{ productId: shirts.productId, variantId: blue, quantity: 5 }] });
    expect(await cart()).toEqual([3_500, [1_500, 5, true], [1_000, 0, false], [2_000, 10, true]]);
    await shop.rows(`UPDATE products SET status = 'SUSPENDED' WHERE id = $1`, [mug.productId]);
    expect(await cart()).toEqual([1_500, [1_500, 5, true], [1_000, 0, false], [2_000, 10, false]]);

    expect((await buyer.send('POST', '/cart/order')).body).toMatchObject({ code: 'PRODUCT_NOT_ON_SALE' });
    await remove(buyer, `?productId=${mug.productId}`);
    expect((await buyer.send('POST', '/cart/order')).body).toMatchObject({ code: 'OUT_OF_STOCK' });
    await remove(buyer, `?productId=${shirts.productId}&variantId=${blue}`);
    expect((await buyer.send('POST', '/cart/order')).body).toMatchObject({ totalPrice: 1_500 });
  });

  test('belongs to its user; an operator may act on it', async () => {
    const { buyer, mug, mugItem } = await fullCart();
    const [other, operator] = [await shop.newBuyer(), await shop.newOperator()];
    const { userId } = buyer;

    expect(await other.send('GET', `/cart?userId=${userId}`)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await add(other, mug, 1, { userId })).toMatchObject({ status: 403 });
    expect(await remove(other, `?cartItemId=${mugItem}&userId=${userId}`)).toMatchObject({ status: 403 });
    expect(await remove(other, `?cartItemId=${mugItem}`)).toMatchObject({ status: 404, body: { code: 'CART_ITEM_NOT_FOUND' } });
    expect(await other.send('PATCH', `/cart/items/${mugItem}`, { quantity: 2 })).toMatchObject({ status: 404, body: { code: 'CART_ITEM_NOT_FOUND' } });
    expect(await other.send('POST', '/cart/order', { userId })).toMatchObject({ status: 403 });
    expect(await send(shop.app, undefined, 'GET', '/cart')).toMatchObject({ status: 401 });

    expect((await operator.send('GET', `/cart?userId=${userId}`)).body.items).toHaveLength(3);
    expect(await operator.send('GET', `/cart?userId=${uuidv7()}`)).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    expect(await add(operator, mug, 1, { userId: uuidv7() })).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    expect(await operator.send('POST', '/cart/order', { userId: uuidv7() })).toMatchObject({ status: 404, body: { code: 'USER_NOT_FOUND' } });
    expect(contents(await add(operator, mug, 1, { userId }))).toContainEqual([mug.variantIds[0], 2]);
  });
});

describe('adding', () => {
  test('the same variant adds its quantity, up to the stock and not beyond', async () => {
    const [buyer, mug] = [await shop.newBuyer(), await shop.newProduct({ stocks: [5] })];
    await add(buyer, mug, 2);
    expect(contents(await add(buyer, mug, 3))).toEqual([[mug.variantIds[0], 5]]);

    expect(await add(buyer, mug, 1)).toMatchObject({ status: 409, body: { code: 'OUT_OF_STOCK', stock: 5 } });
    expect(await cartOf(buyer)).toEqual([[mug.variantIds[0], 5]]);
  });

  test('is refused with its reason, and then changes nothing', async () => {
    const { buyer, shirts, mug } = await fullCart();
    const suspended = await shop.newProduct({ status: 'SUSPENDED' });
    const before = await tableContents(shop);

    const refusals = [
      [await add(buyer, shirts), 400, 'VARIANT_REQUIRED'],
      [await add(buyer, mug, 1, { variantId: shirts.variantIds[0] }), 404, 'VARIANT_NOT_FOUND'],
      [await add(buyer, { productId: uuidv7(), variantIds: [] }), 404, 'PRODUCT_NOT_FOUND'],
      [await add(buyer, suspended), 409, 'PRODUCT_NOT_ON_SALE'],
      [await add(buyer, mug, 11), 409, 'OUT_OF_STOCK'],
      [await add(buyer, mug, 0), 400, 'VALIDATION_FAILED'],
      [await add(buyer, mug, -1), 400, 'VALIDATION_FAILED'],
      [await add(buyer, mug, 1_001), 400, 'VALIDATION_FAILED'],
      [await add(buyer, mug, 1.5), 400, 'VALIDATION_FAILED'],
      [await add(buyer, mug, 1, { quantity: '1' }), 400, 'VALIDATION_FAILED'],
      [await add(buyer, mug, 1, { price: 1 }), 400, 'VALIDATION_FAILED'],
      [await buyer.send('POST', '/cart/add', { productId: mug.productId }), 400, 'VALIDATION_FAILED'],
    ] as const;

    expect(refusals.map(([{ status, body }]) => [status, body.code])).toEqual(refusals.map(([, status, code]) => [status, code]));
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('in parallel adds up exactly', async () => {
    const [buyer, mug] = [await shop.newBuyer(), await shop.newProduct({ stocks: [100] })];

    const answers = await Promise.all(Array.from({ length: 60 }, () => add(buyer, mug, 2)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(50);
    expect(answers.filter(({ status, body }) => status === 409 && body.code === 'OUT_OF_STOCK')).toHaveLength(10);
    expect(await cartOf(buyer)).toEqual([[mug.variantIds[0], 100]]);
  });

  test('with an Idempotency-Key adds once, however often it is sent', async () => {
    const [buyer, mug] = [await shop.newBuyer(), await shop.newProduct()];
    const send5 = () => buyer.send('POST', '/cart/add', { productId: mug.productId, quantity: 5 }, { 'idempotency-key': 'tap' });
    const answers = await Promise.all(Array.from({ length: 10 }, send5));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(9);
    expect(await cartOf(buyer)).toEqual([[mug.variantIds[0], 5]]);
  });
});

describe('removing', () => {
  type Cart = Awaited<ReturnType<typeof fullCart>>;
  test.each<[string, (cart: Cart) => [string, object?], keyof Cart]>([
    ['?cartItemId=', ({ blueItem }) => [`?cartItemId=${blueItem}`], 'blue'],
    ['?productId=, where one variant of it is in the cart', ({ mug }) => [`?productId=${mug.productId}`], 'mugVariant'],
    ['?productId=&variantId=', ({ shirts, red }) => [`?productId=${shirts.productId}&variantId=${red}`], 'red'],
    ['?userId=&cartItemId=', ({ buyer, redItem }) => [`?userId=${buyer.userId}&cartItemId=${redItem}`], 'red'],
    ['a body with cartItemId', ({ mugItem }) => ['', { cartItemId: mugItem }], 'mugVariant'],
    ['a body with productId and variantId', ({ buyer, shirts, blue }) => ['', { userId: buyer.userId, productId: shirts.productId, variantId: blue }], 'blue'],
  ])('by %s takes out that item alone', async (_what, reference, gone) => {
    const cart = await fullCart();
    const answer = await remove(cart.buyer, ...reference(cart));

    expect(answer).toMatchObject({ status: 200, body: { userId: cart.buyer.userId } });
    expect(contents(answer).map(([variantId]) => variantId)).toEqual([cart.red, cart.blue, cart.mugVariant].filter((id) => id !== cart[gone]));
    expect(await remove(cart.buyer, ...reference(cart))).toMatchObject({ status: 404, body: { code: 'CART_ITEM_NOT_FOUND' } });
  });

  test('is refused where it is not said what, and then changes nothing', async () => {
    const { buyer, shirts, mug, red } = await fullCart();

    expect(await remove(buyer, `?productId=${shirts.productId}`)).toMatchObject({ status: 400, body: { code: 'VARIANT_REQUIRED' } });
    expect(await remove(buyer, `?productId=${mug.productId}&variantId=${red}`)).toMatchObject({ status: 404, body: { code: 'CART_ITEM_NOT_FOUND' } });
    expect(await remove(buyer, '')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await remove(buyer, `?variantId=${red}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await remove(buyer, '?cartItemId=1')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await remove(buyer, '?everything=true')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await cartOf(buyer)).toHaveLength(3);
  });
});

describe('changing a quantity', () => {
  test('sets it, up to the stock', async () => {
    const { buyer, red, redItem } = await fullCart();
    const patch = (quantity: unknown) => buyer.send('PATCH', `/cart/items/${redItem}`, { quantity });

    expect(contents(await patch(5))).toContainEqual([red, 5]);
    expect(await patch(6)).toMatchObject({ status: 409, body: { code: 'OUT_OF_STOCK', stock: 5 } });
    for (const wrong of [0, -1, 1.5, 1_001, '2', null]) expect(await patch(wrong)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(await buyer.send('PATCH', `/cart/items/${uuidv7()}`, { quantity: 1 })).toMatchObject({ status: 404, body: { code: 'CART_ITEM_NOT_FOUND' } });
    expect(await cartOf(buyer)).toContainEqual([red, 5]);
    expect(contents(await patch(1))).toContainEqual([red, 1]);
  });
});
