import { afterAll, beforeAll, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { type TestShop, openShop } from '../shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

async function newCoupon(total: number): Promise<string> {
  const id = uuidv7();
  await shop.database.pool.query(
    `INSERT INTO coupons (id, name_ko, name_en, discount_type, discount_value, minimum_order_amount, total_quantity, starts_at, ends_at, life_days)
     VALUES ($1, '쿠폰', 'Coupon', 'AMOUNT', 500, 1000, $2, now() - interval '1 hour', now() + interval '1 hour', 365)`,
    [id, total],
  );
  return id;
}

test('a coupon is issued, used in an order and restored by its cancellation', async () => {
  const coupon = await newCoupon(1);
  const { productId } = await shop.newProduct({ price: 2_000 });
  const buyer = await shop.newBuyer(10_000);
  const issued = await buyer.send('POST', `/coupons/${coupon}/issue`);
  expect(issued).toMatchObject({ status: 201, body: { sequence: 1, status: 'AVAILABLE' } });
  expect(await buyer.send('POST', `/coupons/${coupon}/issue`)).toMatchObject({ status: 409, body: { code: 'SOLD_OUT' } });

  const order = await buyer.send('POST', '/order', { items: [{ productId, quantity: 1 }], couponId: issued.body.issuedCouponId });
  expect(order).toMatchObject({ status: 201, body: { itemsPrice: 2_000, discountAmount: 500, totalPrice: 1_500 } });
  const cancelled = await buyer.send('POST', `/orders/${order.body.orderId}/cancel`, {});
  expect(cancelled).toMatchObject({ status: 200, body: { orderStatus: 'CANCELLED' } });
  expect((await buyer.send('GET', '/coupons/issued?status=AVAILABLE')).body).toHaveLength(1);
  expect((await buyer.send('GET', '/balance')).body.currentBalance).toBe(10_000);
});

test('a hold is paid, and the cart is ordered', async () => {
  const { productId } = await shop.newProduct({ price: 2_000, stocks: [3] });
  const buyer = await shop.newBuyer(1_000);
  const hold = await buyer.send('POST', '/orders', { items: [{ productId, quantity: 1 }] });
  expect(hold).toMatchObject({ status: 201, body: { orderStatus: 'PENDING' } });
  const pay = () => buyer.send('POST', `/orders/${hold.body.orderId}/pay`);
  expect(await pay()).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_BALANCE' } });
  await buyer.send('POST', '/balance/charge', { amount: 9_000 });
  expect(await pay()).toMatchObject({ status: 200, body: { orderStatus: 'SUCCESS' } });
  expect(await pay()).toMatchObject({ status: 409, body: { code: 'ORDER_NOT_PENDING' } });
  const cart = await buyer.send('POST', '/cart/add', { productId, quantity: 2 });
  expect(cart).toMatchObject({ status: 200, body: { itemsPrice: 4_000 } });
  expect(await buyer.send('POST', '/cart/add', { productId, quantity: 1 })).toMatchObject({ status: 409, body: { code: 'OUT_OF_STOCK' } });
  expect(await buyer.send('POST', '/cart/order', {})).toMatchObject({ status: 201, body: { totalPrice: 4_000 } });
  expect((await buyer.send('GET', '/cart')).body.items).toEqual([]);
});
