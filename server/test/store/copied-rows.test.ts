import { afterAll, beforeAll, expect, test } from 'vitest';
import { Desk, type DeskRequest } from '../../src/application/desk.ts';
import type { Books } from '../../src/domain/books.ts';
import { audit } from '../../src/infrastructure/postgres/audit/audit.ts';
import { deskStore } from '../../src/infrastructure/postgres/desk-store.ts';
import { newCoupon } from '../campaigns.ts';
import { issueTo } from '../issued-coupons.ts';
import { type TestShop, type TestUser, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

// From 36 rows of a table on they are copied; a batch takes 128 requests.
const buyers = 120;

/** How many rows of a table are alike, but for what is each row's own: ids, times, and what counts on. */
function rowsApartFromTheirOwn(table: string): string {
  const id = '[0-9a-f]{8}-[0-9a-f-]{27}';
  const time = String.raw`\d{4}-\d\d-\d\dT[^"]*`;
  const counting = '"(position|sequence|transaction_id|request_hash|stock_before|stock_after)": "?[^",}]*"?';
  return `SELECT regexp_replace(to_jsonb(t)::text, '${id}|${time}|${counting}', '', 'g') AS row, count(*)::int AS count FROM ${table} t GROUP BY 1`;
}

test('what a large batch copies is the same as what is inserted for one order', async () => {
  const price = 1_000;
  const operator = await shop.newOperator();
  const couponId = await newCoupon(shop, { totalQuantity: buyers + 1, discountValue: 300 });
  const { productId } = await shop.newProduct({ price, stocks: [buyers + 1] });
  const [alone, ...together] = await Promise.all(Array.from({ length: buyers + 1 }, () => shop.newBuyer(price)));
  const buy = async (buyer: TestUser, issued: string) => {
    const order = { userId: buyer.userId, items: [{ productId, quantity: 1 }], couponId: issued };
    const send = () => operator.send('POST', '/order', order, { 'idempotency-key': buyer.userId });
    const { status, body } = await send();
    return { send, order: { status, body } };
  };
  const single = await buy(alone as TestUser, await issueTo(alone as TestUser, couponId));
  const issued = await Promise.all(together.map((buyer) => issueTo(buyer, couponId)));
  const many = await Promise.all(together.map((buyer, index) => buy(buyer, issued[index] as string)));

  const copied = await shop.database.deskPool.query(`SELECT name FROM pg_prepared_statements WHERE name LIKE 'copy-%' ORDER BY name`);
  expect(copied.rows.map(({ name }) => name)).toEqual([
    'copy-coupon_history', 'copy-idempotency_keys', 'copy-issued_coupons', 'copy-operator_actions', 'copy-order_items', 'copy-order_status_history',
    'copy-orders', 'copy-outbox', 'copy-payments', 'copy-stock_movements', 'copy-wallet_transactions',
  ]);
  expect(single.order.status).toBe(201);
  expect(new Set(many.map(({ order }) => order.status))).toEqual(new Set([201]));
  for (const { send, order } of many) expect(await send()).toMatchObject(order);

  for (const { name } of copied.rows) {
    const likes = await shop.rows<{ row: string; count: number }>(rowsApartFromTheirOwn(name.slice('copy-'.length)));
    // The product's first stock is one row, made by the test.
    const unlike = likes.filter(({ row, count }) => count !== buyers + 1 && !row.includes('"ADJUST"'));
    expect({ name, unlike }).toEqual({ name, unlike: [] });
  }
  expect((await audit(shop.database.pool)).clean).toBe(true);
});

test('a request whose rows cannot be written fails alone, when the rows of others are on their way', async () => {
  const operator = await shop.newOperator();
  const { variantIds: [variantId = ''] } = await shop.newProduct({ stocks: [1] });
  const desk = new Desk(deskStore(shop.database.deskPool), { batchMax: 128, queueMax: 128, waitMaxMs: 60_000, lockPatienceMs: 1_000 });
  const adding = (then: (books: Books) => void = () => {}): DeskRequest<string> => ({
    needs: { variants: [variantId], wallets: [operator.userId] },
    decide: (books) => {
      books.changeStock(variantId, 'ADJUST', 1, { operatorId: operator.userId, reason: 'found' });
      then(books);
      return 'added';
    },
  });
  const notText = 7 as unknown as string;
  const unwritable = adding((books) => books.changeBalance(operator.userId, 'ADJUST', 1, { operatorId: operator.userId, reason: notText }));

  const outcomes = await Promise.allSettled([...Array.from({ length: 60 }, () => adding()), unwritable].map((request) => desk.submit(request)));

  expect(outcomes.map(({ status }) => status)).toEqual([...Array.from({ length: 60 }, () => 'fulfilled'), 'rejected']);
  expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'ERR_INVALID_ARG_TYPE' } });
  expect(await shop.rows('SELECT stock FROM variants WHERE id = $1', [variantId])).toEqual([{ stock: 61 }]);
  expect((await audit(shop.database.pool)).clean).toBe(true);
});
