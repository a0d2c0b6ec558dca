import { describe, expect, test } from 'vitest';
import { type CartItem, chooseCartItems, decideAddToCart, decideChangeCartItem, decideRemoveFromCart } from '../../src/domain/cart.ts';
import type { Books } from '../../src/domain/books.ts';
import { openBooks, refusalOf, variant, wallet } from './open-books.ts';

const item = (cartItemId: string, variantId: string, quantity = 1, userId = 'buyer'): CartItem => ({ cartItemId, userId, variantId, quantity });

const variants = [
  variant({ variantId: 'mug', productId: 'mugs', stock: 5_000 }),
  variant({ variantId: 'red', productId: 'shirts', stock: 5 }),
  variant({ variantId: 'blue', productId: 'shirts', stock: 5 }),
  variant({ variantId: 'gone', productId: 'hats', stock: 0 }),
  variant({ variantId: 'old', productId: 'lamps', productStatus: 'SUSPENDED', stock: 0 }),
];

function openCart(...cartItems: CartItem[]): Books {
  return openBooks({ wallets: [wallet(0), wallet(0, 'other')], variants: structuredClone(variants), cartItems });
}

const cartOf = (books: Books) => books.cart('buyer').map(({ variantId, quantity }) => [variantId, quantity]);

const cartOfThree = () => openCart(item('i1', 'red', 2), item('i2', 'blue', 2), item('i3', 'mug', 2), item('i4', 'gone', 1, 'other'));
const cartOfTwo = () => openCart(item('i1', 'red', 2), item('i2', 'mug', 3), item('i3', 'gone', 1, 'other'));
const line = (productId: string, variantId: string, quantity: number) => ({ productId, variantId, quantity });

describe('adding', () => {
  test.each([1, 2, 999, 1_000])('%d units of a variant with enough stock are taken', (quantity) => {
    const books = openCart();
    decideAddToCart(books, 'buyer', { productId: 'mugs', quantity });
    expect(cartOf(books)).toEqual([['mug', quantity]]);
  });

  test.each([0, -1, 0.5, 1_001, Number.NaN, Number.POSITIVE_INFINITY])('%d units are refused', (quantity) => {
    expect(refusalOf(() => decideAddToCart(openCart(), 'buyer', { productId: 'mugs', quantity }))).toBe('INVALID_QUANTITY');
  });

  test.each([
    [0, 5, 5],
    [3, 2, 5],
    [4, 1, 5],
  ])('of 5 in stock, with %d in the cart, %d more are taken', (present, quantity, sum) => {
    const books = openCart(...(present > 0 ? [item('i1', 'red', present)] : []));
    decideAddToCart(books, 'buyer', { productId: 'shirts', variantId: 'red', quantity });
    expect(cartOf(books)).toEqual([['red', sum]]);
  });

  test.each([
    [0, 6],
    [3, 3],
    [5, 1],
  ])('of 5 in stock, with %d in the cart, %d more are refused', (present, quantity) => {
    const books = openCart(...(present > 0 ? [item('i1', 'red', present)] : []));
    expect(refusalOf(() => decideAddToCart(books, 'buyer', { productId: 'shirts', variantId: 'red', quantity }))).toBe('OUT_OF_STOCK');
    expect(books.entryCount).toBe(0);
  });

  test('1,000 of one variant is the most, however it was added up', () => {
    expect(refusalOf(() => decideAddToCart(openCart(item('i1', 'mug', 1_000)), 'buyer', { productId: 'mugs', quantity: 1 }))).toBe('INVALID_QUANTITY');
  });

  test.each([0, -1, 0.5])('%d more of what is there is refused, though the sum would be allowed', (quantity) => {
    const books = openCart(item('i1', 'mug', 3));
    expect(refusalOf(() => decideAddToCart(books, 'buyer', { productId: 'mugs', quantity }))).toBe('INVALID_QUANTITY');
    expect(cartOf(books)).toEqual([['mug', 3]]);
  });

  test('more of what is there keeps its place and takes no stock', () => {
    const books = openCart(item('i1', 'red', 2), item('i2', 'mug', 1));
    decideAddToCart(books, 'buyer', { productId: 'shirts', variantId: 'red', quantity: 1 });

    expect([...books.entries.cartItems.values()]).toEqual([item('i1', 'red', 3)]);
    expect(books.variant('red')?.stock).toBe(5);
    expect(books.entryCount).toBe(1);
  });

  test.each([
    ['nobody, of no product', 'nobody', { productId: 'boats', quantity: 0 }, 'USER_NOT_FOUND'],
    ['no product, no unit', 'buyer', { productId: 'boats', quantity: 0 }, 'PRODUCT_NOT_FOUND'],
    ['no such variant, no unit', 'buyer', { productId: 'mugs', variantId: 'red', quantity: 0 }, 'VARIANT_NOT_FOUND'],
    ['which of two variants, no unit', 'buyer', { productId: 'shirts', quantity: 0 }, 'VARIANT_REQUIRED'],
    ['suspended, sold out, no unit', 'buyer', { productId: 'lamps', quantity: 0 }, 'PRODUCT_NOT_ON_SALE'],
    ['too many for any order, and sold out', 'buyer', { productId: 'hats', quantity: 1_001 }, 'INVALID_QUANTITY'],
    ['sold out', 'buyer', { productId: 'hats', quantity: 1 }, 'OUT_OF_STOCK'],
  ])('%s: the first refusal that applies, and nothing changed', (_what, userId, wanted, code) => {
    const books = openCart(item('i1', 'mug', 1));
    expect(refusalOf(() => decideAddToCart(books, userId, wanted))).toBe(code);
    expect(books.entryCount).toBe(0);
    expect(cartOf(books)).toEqual([['mug', 1]]);
  });
});

describe('a cart of 100 items', () => {
  const many = Array.from({ length: 101 }, (_, n) => variant({ variantId: `v${n}`, productId: `p${n}` }));
  const filled = (count: number) =>
    openBooks({ wallets: [wallet(0)], variants: structuredClone(many), cartItems: many.slice(0, count).map(({ variantId }, n) => item(`i${n}`, variantId)) });

  test('takes the 100th', () => {
    const books = filled(99);
    decideAddToCart(books, 'buyer', { productId: 'p99', quantity: 1 });
    expect(books.cart('buyer')).toHaveLength(100);
  });

  test('refuses the 101st, and takes more of what is there', () => {
    const books = filled(100);
    expect(refusalOf(() => decideAddToCart(books, 'buyer', { productId: 'p100', quantity: 1 }))).toBe('TOO_MANY_ITEMS');
    expect(books.entryCount).toBe(0);
    decideAddToCart(books, 'buyer', { productId: 'p0', quantity: 1 });
    expect(books.cart('buyer')).toHaveLength(100);
  });

  test('takes another after one was taken out', () => {
    const books = filled(100);
    decideRemoveFromCart(books, 'buyer', { cartItemId: 'i7' });
    decideAddToCart(books, 'buyer', { productId: 'p100', quantity: 1 });
    expect(books.cart('buyer')).toHaveLength(100);
  });
});

describe('changing the quantity', () => {
  test.each([1, 2, 5])('to %d of 5 in stock is accepted', (quantity) => {
    const books = openCart(item('i1', 'red', 3));
    decideChangeCartItem(books, 'buyer', 'i1', quantity);
    expect(cartOf(books)).toEqual([['red', quantity]]);
  });

  test.each([
    ['0', 'i1', 0, 'INVALID_QUANTITY'],
    ['1,001', 'i1', 1_001, 'INVALID_QUANTITY'],
    ['one more than the stock', 'i1', 6, 'OUT_OF_STOCK'],
    ['anything, of an item that is not there', 'i9', 0, 'CART_ITEM_NOT_FOUND'],
    ['anything, of another’s item', 'i2', 1, 'CART_ITEM_NOT_FOUND'],
  ])('to %s is refused and changes nothing', (_what, cartItemId, quantity, code) => {
    const books = openCart(item('i1', 'red', 3), item('i2', 'mug', 1, 'other'));
    expect(refusalOf(() => decideChangeCartItem(books, 'buyer', cartItemId, quantity))).toBe(code);
    expect(books.entryCount).toBe(0);
    expect(cartOf(books)).toEqual([['red', 3]]);
  });
});

describe('taking out', () => {
  test.each([
    ['its own id', { cartItemId: 'i1' }, 'red'],
    ['the product, where one variant of it is in the cart', { productId: 'mugs' }, 'mug'],
    ['the product and the variant', { productId: 'shirts', variantId: 'blue' }, 'blue'],
    ['its own id and what it is', { cartItemId: 'i2', productId: 'shirts', variantId: 'blue' }, 'blue'],
  ])('by %s', (_what, reference, variantId) => {
    const books = cartOfThree();
    decideRemoveFromCart(books, 'buyer', reference);
    expect(cartOf(books).map(([left]) => left)).toEqual(['red', 'blue', 'mug'].filter((each) => each !== variantId));
  });

  test.each([
    ['an id that is not there', { cartItemId: 'i9' }, 'CART_ITEM_NOT_FOUND'],
    ['another’s item', { cartItemId: 'i4' }, 'CART_ITEM_NOT_FOUND'],
    ['a product that is not in the cart', { productId: 'hats' }, 'CART_ITEM_NOT_FOUND'],
    ['an id of another product than named', { cartItemId: 'i1', productId: 'mugs' }, 'CART_ITEM_NOT_FOUND'],
    ['a variant of another product', { productId: 'mugs', variantId: 'red' }, 'CART_ITEM_NOT_FOUND'],
    ['a product with two variants in the cart', { productId: 'shirts' }, 'VARIANT_REQUIRED'],
  ])('%s is refused and changes nothing', (_what, reference, code) => {
    const books = cartOfThree();
    expect(refusalOf(() => decideRemoveFromCart(books, 'buyer', reference))).toBe(code);
    expect(books.entryCount).toBe(0);
    expect(books.cart('buyer')).toHaveLength(3);
  });
});

describe('choosing what to order', () => {
  test.each([
    ['all', undefined, [line('shirts', 'red', 2), line('mugs', 'mug', 3)]],
    ['one', ['i2'], [line('mugs', 'mug', 3)]],
    ['one, named twice', ['i2', 'i2'], [line('mugs', 'mug', 3)]],
    ['both, the other way round', ['i2', 'i1'], [line('mugs', 'mug', 3), line('shirts', 'red', 2)]],
  ])('%s', (_what, chosen, lines) => {
    const books = cartOfTwo();
    expect(chooseCartItems(books, 'buyer', chosen).lines).toEqual(lines);
    expect(books.entryCount).toBe(0);
  });

  test.each([
    ['an item that is not there', ['i1', 'i9'], 'CART_ITEM_NOT_FOUND'],
    ['another’s item', ['i3'], 'CART_ITEM_NOT_FOUND'],
    ['nothing', [], 'CART_EMPTY'],
  ])('%s is refused', (_what, chosen, code) => {
    expect(refusalOf(() => chooseCartItems(cartOfTwo(), 'buyer', chosen))).toBe(code);
  });

  test('all of an empty cart is refused', () => {
    expect(refusalOf(() => chooseCartItems(openCart(), 'buyer', undefined))).toBe('CART_EMPTY');
  });
});
