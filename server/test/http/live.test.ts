import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Counts } from '../../src/application/live-counts.ts';
import { newCoupon } from '../campaigns.ts';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
let other: TestShop;
let url: string;
beforeAll(async () => {
  shop = await openShop();
  other = await openShop({ DATABASE_URL: shop.databaseUrl });
  url = await shop.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await other.close();
  await shop.close();
});

interface Heard {
  states: Counts[];
  until: (condition: (counts: Counts) => boolean) => Promise<void>;
  stop: () => void;
}

/** Listens as a browser would; `until` waits for a state. */
async function listen(query: string): Promise<Heard> {
  const abort = new AbortController();
  const response = await fetch(`${url}/live?${query}`, { signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const heard: Heard = {
    states: [],
    async until(condition) {
      await expect.poll(() => heard.states.some(condition), { timeout: 5_000, interval: 20 }).toBe(true);
    },
    stop: () => abort.abort(),
  };
  void (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data) heard.states.push(JSON.parse(data));
      }
    }
  })().catch(() => {});
  return heard;
}

test('a listener hears the present counts, and a sale through another instance as it happens', async () => {
  const { productId, variantIds } = await shop.newProduct({ stocks: [5] });
  const couponId = await newCoupon(shop, { totalQuantity: 3 });
  const buyer = await shop.newBuyer(10_000);
  const heard = await listen(`variants=${variantIds[0]}&coupons=${couponId}`);
  await heard.until(({ variants, coupons }) => variants[0]?.stock === 5 && coupons[0]?.remainingQuantity === 3);

  const sale = await other.app.inject({
    method: 'POST', url: '/order', headers: { authorization: `Bearer ${buyer.token}` }, payload: { items: [{ productId, quantity: 2 }] },
  });
  expect(sale.statusCode).toBe(201);
  await heard.until(({ variants }) => variants[0]?.stock === 3);

  await buyer.send('POST', `/coupons/${couponId}/issue`);
  await heard.until(({ coupons }) => coupons[0]?.remainingQuantity === 2);
  heard.stop();
});

test('counts only fall to zero, never below, while more buyers than units buy', async () => {
  const { productId, variantIds } = await shop.newProduct({ stocks: [10] });
  const buyers = await Promise.all(Array.from({ length: 40 }, () => shop.newBuyer(10_000)));
  const heard = await listen(`variants=${variantIds[0]}`);
  await heard.until(({ variants }) => variants[0]?.stock === 10);

  await Promise.all(buyers.map((buyer) => buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }] })));
  await heard.until(({ variants }) => variants[0]?.stock === 0);
  heard.stop();

  const stocks = heard.states.map(({ variants }) => variants[0]?.stock ?? -1);
  expect(Math.min(...stocks)).toBe(0);
  expect(stocks).toEqual(stocks.toSorted((a, b) => b - a));
});

test('listeners of the same things cost one read for all, and leave nothing behind when they go', async () => {
  const { variantIds } = await shop.newProduct({ stocks: [1] });
  const listeners = await Promise.all(Array.from({ length: 50 }, () => listen(`variants=${variantIds[0]}`)));
  await Promise.all(listeners.map(({ until }) => until(({ variants }) => variants.length === 1)));
  const metric = async () => Number(/^openrun_live_listeners (\d+)$/m.exec((await shop.app.inject('/metrics')).body)?.[1]);
  expect(await metric()).toBeGreaterThanOrEqual(50);
  for (const { stop } of listeners) stop();
  await expect.poll(metric, { timeout: 5_000 }).toBe(0);
});

test('a malformed or unknown id is refused or left out', async () => {
  expect((await shop.app.inject('/live?variants=nonsense')).statusCode).toBe(400);
  expect((await shop.app.inject('/live?orders=1')).statusCode).toBe(400);
});
