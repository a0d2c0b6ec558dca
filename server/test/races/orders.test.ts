import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

test('200 parallel orders for 50 units sell exactly 50', async () => {
  const { productId, variantIds } = await shop.newProduct({ stocks: [50], price: 1_000 });
  const buyers = await Promise.all(Array.from({ length: 200 }, () => shop.newBuyer(10_000)));

  const answers = await Promise.all(buyers.map((buyer) => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })));

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(50);
  expect(answers.filter(({ status, body }) => status === 409 && body.code === 'OUT_OF_STOCK')).toHaveLength(150);
  const [sold] = await shop.rows(
    `SELECT (SELECT stock FROM variants WHERE id = $1) AS stock,
            (SELECT sum(quantity)::int FROM stock_movements WHERE variant_id = $1) AS moved,
            (SELECT count(*)::int FROM orders WHERE status = 'SUCCESS') AS paid,
            (SELECT count(*)::int FROM orders WHERE status = 'FAILED') AS failed,
            (SELECT sum(balance)::int FROM wallets) AS balances`,
    [variantIds[0]],
  );
  expect(sold).toEqual({ stock: 0, moved: 0, paid: 50, failed: 150, balances: 200 * 10_000 - 50 * 1_000 });
});
