import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { idOfNothing } from '../documented-routes.ts';
import { findImbalances } from '../imbalances.ts';
import { collectPages } from '../pages.ts';
import { type TestShop, openShop } from '../shop.ts';
import { changedTables, tableContents } from '../table-contents.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => expect(await findImbalances(shop.rows)).toEqual([]));
afterAll(() => shop.close());

const forbidden = { status: 403, body: { code: 'FORBIDDEN' } };
const noSuchUser = { status: 404, body: { code: 'USER_NOT_FOUND' } };

describe('charging', () => {
  test('answers with exactly the user and the balance', async () => {
    const buyer = await shop.newBuyer(300);

    const { status, body } = await buyer.send('POST', '/balance/charge', { userId: buyer.userId, amount: 200 });

    expect({ status, body }).toEqual({ status: 200, body: { userId: buyer.userId, currentBalance: 500 } });
    expect((await buyer.send('GET', `/balance?userId=${buyer.userId}`)).body).toEqual({ userId: buyer.userId, currentBalance: 500 });
    expect((await buyer.send('GET', '/balance')).body).toEqual({ userId: buyer.userId, currentBalance: 500 });
  });

  test('0 is accepted and changes no row', async () => {
    const buyer = await shop.newBuyer(300);
    const before = await tableContents(shop);

    expect(await buyer.send('POST', '/balance/charge', { amount: 0 })).toMatchObject({ status: 200, body: { currentBalance: 300 } });

    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('to exactly 1,000,000 is accepted, one won more is refused and changes no row', async () => {
    const buyer = await shop.newBuyer(1);
    expect(await buyer.send('POST', '/balance/charge', { amount: 999_999 })).toMatchObject({ status: 200, body: { currentBalance: 1_000_000 } });
    const before = await tableContents(shop);

    const { status, body } = await buyer.send('POST', '/balance/charge', { amount: 1 });

    expect({ status, body }).toMatchObject({ status: 409, body: { code: 'BALANCE_LIMIT_EXCEEDED', currentBalance: 1_000_000, maximum: 1_000_000 } });
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test.each([-1, 1_000_001])('%d won is refused by name', async (amount) => {
    const buyer = await shop.newBuyer();
    expect(await buyer.send('POST', '/balance/charge', { amount })).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field: 'amount' }] } });
  });

  test('the limits follow the settings', async () => {
    const small = await openShop({ WALLET_BALANCE_MAX: '5000', WALLET_CHARGE_MAX: '3000' });
    const buyer = await small.newBuyer(2_001);
    expect((await buyer.send('POST', '/balance/charge', { amount: 3_001 })).status).toBe(400);
    expect((await buyer.send('POST', '/balance/charge', { amount: 3_000 })).body.code).toBe('BALANCE_LIMIT_EXCEEDED');
    expect((await buyer.send('POST', '/balance/charge', { amount: 2_999 })).body.currentBalance).toBe(5_000);
    await small.close();
  });
});

describe('whose wallet', () => {
  test('a customer cannot see, charge or read the history of another’s, and nothing is changed', async () => {
    const [buyer, other] = [await shop.newBuyer(300), await shop.newBuyer(700)];
    const before = await tableContents(shop);

    for (const userId of [other.userId, idOfNothing]) {
      expect(await buyer.send('POST', '/balance/charge', { userId, amount: 1 })).toMatchObject(forbidden);
      expect(await buyer.send('GET', `/balance?userId=${userId}`)).toMatchObject(forbidden);
      expect(await buyer.send('GET', `/balance/history?userId=${userId}`)).toMatchObject(forbidden);
    }
    expect(changedTables(before, await tableContents(shop))).toEqual([]);
  });

  test('an operator may act for any user, and is told when there is none', async () => {
    const [operator, buyer] = [await shop.newOperator(), await shop.newBuyer(300)];

    expect(await operator.send('POST', '/balance/charge', { userId: buyer.userId, amount: 50 })).toMatchObject({ status: 200, body: { userId: buyer.userId, currentBalance: 350 } });
    expect((await operator.send('GET', `/balance?userId=${buyer.userId}`)).body).toEqual({ userId: buyer.userId, currentBalance: 350 });
    expect((await operator.send('GET', `/balance/history?userId=${buyer.userId}`)).body).toHaveLength(2);
    expect(await operator.send('POST', '/balance/charge', { userId: idOfNothing, amount: 50 })).toMatchObject(noSuchUser);
    expect(await operator.send('GET', `/balance?userId=${idOfNothing}`)).toMatchObject(noSuchUser);
    expect(await operator.send('GET', `/balance/history?userId=${idOfNothing}`)).toMatchObject(noSuchUser);
  });
});

describe('the history', () => {
  test('shows each change with the balance before and after, newest first, and the order it belongs to', async () => {
    const buyer = await shop.newBuyer();
    const { productId } = await shop.newProduct({ price: 1_000 });
    await buyer.send('POST', '/balance/charge', { amount: 5_000 });
    const { orderId } = (await buyer.send('POST', '/order', { items: [{ productId, quantity: 2 }] })).body;

    const { body } = await buyer.send('GET', '/balance/history');

    const line = { transactionId: expect.any(String), createdAt: expect.stringMatching(/Z$/) };
    expect(body).toMatchObject([
      { ...line, type: 'PAYMENT', amount: -2_000, balanceBefore: 5_000, balanceAfter: 3_000, orderId },
      { ...line, type: 'CHARGE', amount: 5_000, balanceBefore: 0, balanceAfter: 5_000, orderId: null },
    ]);
  });

  test('its pages visit every line exactly once, also when lines are added meanwhile', async () => {
    const buyer = await shop.newBuyer();
    for (let amount = 1; amount <= 25; amount += 1) await buyer.send('POST', '/balance/charge', { amount });

    const pages = await collectPages(buyer, '/balance/history?limit=10', () => buyer.send('POST', '/balance/charge', { amount: 1_000 }));

    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat().map(({ amount }) => amount)).toEqual(Array.from({ length: 25 }, (_, n) => 25 - n));
  });

  test('of a new wallet is empty', async () => {
    const buyer = await shop.newBuyer();
    expect(await buyer.send('GET', '/balance/history')).toMatchObject({ status: 200, body: [] });
  });
});
