import { expect } from 'vitest';
import type { TestShop, TestUser } from './shop.ts';

/** Issues a coupon to a buyer; gives the issued coupon's id. */
export async function issueTo(buyer: TestUser, couponId: string): Promise<string> {
  const { status, body } = await buyer.send('POST', `/coupons/${couponId}/issue`);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.issuedCouponId;
}

/** The actions in a coupon's history, oldest first, each with the order it belongs to. */
export async function historyOf(shop: TestShop, issuedCouponId: string): Promise<[action: string, orderId: string | null][]> {
  const lines = await shop.rows<{ action: string; order_id: string | null }>(
    'SELECT action, order_id FROM coupon_history WHERE issued_coupon_id = $1 ORDER BY id',
    [issuedCouponId],
  );
  return lines.map(({ action, order_id: orderId }) => [action, orderId]);
}

/** Lets coupons expire, as if the time had come a moment ago. */
export async function expire(shop: TestShop, ...issuedCouponIds: string[]): Promise<void> {
  await shop.rows(`UPDATE issued_coupons SET expires_at = now() - interval '1 millisecond' WHERE id = ANY($1)`, [issuedCouponIds]);
}
