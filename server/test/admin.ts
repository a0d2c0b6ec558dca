import { expect } from 'vitest';
import type { Answer, TestShop } from './shop.ts';
import { changedTables, tableContents } from './table-contents.ts';

/** A text in both languages, different in each. */
export const local = (text: string) => ({ ko: `${text} 한글`, en: text });

/** What an operator sends to make a product without options. */
export const simpleProduct = (change: object = {}) => ({
  name: local('Mug'), description: { ko: '첫 줄\n둘째 줄', en: 'One line\nanother' }, category: 'home', basePrice: 12_000, status: 'ON_SALE',
  images: [{ url: '/images/mug.svg' }, { url: 'https://example.com/mug.jpg' }], options: [],
  variants: [{ optionValues: [], additionalPrice: 0, stock: 7 }], ...change,
});

/** And one with two options and two of their combinations. */
export const productWithOptions = (change: object = {}) =>
  simpleProduct({
    name: local('Shirt'),
    options: [{ name: local('Colour'), values: [local('red'), local('blue')] }, { name: local('Size'), values: [local('S'), local('L')] }],
    variants: [
      { optionValues: [0, 0], additionalPrice: 0, stock: 3 },
      { optionValues: [1, 1], additionalPrice: 1_000, stock: 0 },
    ],
    ...change,
  });

/** Expects a refusal that changes nothing; gives it. */
export async function expectRefused(shop: TestShop, code: string, status: number, request: () => Promise<Answer>): Promise<Answer> {
  const before = await tableContents(shop);
  const answer = await request();
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(changedTables(before, await tableContents(shop))).toEqual([]);
  return answer;
}
