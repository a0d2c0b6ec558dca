import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { adoptRestoredOutbox } from '../../src/infrastructure/postgres/restored-outbox.ts';
import { foldSales } from '../../src/infrastructure/postgres/sales-statistics.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop({}, { workers: false });
});
afterAll(() => shop.close());

const unitsCounted = async () => (await shop.rows<{ units: number }>('SELECT coalesce(sum(units), 0)::int AS units FROM product_sales_hourly'))[0]?.units;

test('after a dump is restored into another cluster, each event is still counted exactly once', async () => {
  const { productId } = await shop.newProduct({ stocks: [10] });
  const buyer = await shop.newBuyer(10_000);
  const buy = async () => expect((await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })).status).toBe(201);
  await buy();
  await vi.waitFor(async () => {
    await foldSales(shop.database.db);
    expect(await unitsCounted()).toBe(1);
  }, 10_000);
  await buy();
  // As it would be in a cluster that has used far fewer transaction ids than the one the dump came from.
  await shop.rows(`UPDATE outbox SET transaction_id = (transaction_id::text::bigint + 1000000000)::text::xid8`);
  await shop.rows(`UPDATE outbox_readers SET next_transaction_id = (next_transaction_id::text::bigint + 1000000000)::text::xid8`);

  await adoptRestoredOutbox(shop.database.db);
  await adoptRestoredOutbox(shop.database.db);
  await buy();

  await vi.waitFor(async () => {
    await foldSales(shop.database.db);
    expect(await unitsCounted()).toBe(3);
  }, 10_000);
});
