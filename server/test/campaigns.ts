import { v7 as uuidv7 } from 'uuid';
import type { TestShop } from './shop.ts';

export interface TestCampaign {
  discountType: 'AMOUNT' | 'PERCENT';
  discountValue: number;
  discountMax: number | null;
  minimumOrderAmount: number;
  totalQuantity: number;
  startsAt: Date;
  endsAt: Date;
  lifeDays: number;
}

const hourMs = 60 * 60 * 1000;

/** Makes a campaign that is open now unless told otherwise; gives its id. */
export async function newCoupon(shop: TestShop, campaign: Partial<TestCampaign> = {}): Promise<string> {
  const id = uuidv7();
  const {
    discountType = 'AMOUNT', discountValue = 500, discountMax = null, minimumOrderAmount = 0, totalQuantity = 10,
    startsAt = new Date(Date.now() - hourMs), endsAt = new Date(Date.now() + hourMs), lifeDays = 365,
  } = campaign;
  await shop.database.pool.query(
    `INSERT INTO coupons (id, name_ko, name_en, discount_type, discount_value, discount_max, minimum_order_amount, total_quantity,
       starts_at, ends_at, life_days)
     VALUES ($1, '쿠폰', 'Coupon', $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, discountType, discountValue, discountMax, minimumOrderAmount, totalQuantity, startsAt, endsAt, lifeDays],
  );
  return id;
}
