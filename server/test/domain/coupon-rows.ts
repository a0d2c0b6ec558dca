import type { Coupon, IssuedCoupon } from '../../src/domain/coupon.ts';
import { now } from './open-books.ts';

/** `now` shifted by some milliseconds. */
export const after = (ms: number): Date => new Date(now.getTime() + ms);

/** A campaign of 100 that is open for an hour more, with none issued, unless said otherwise. */
export function campaign(different: Partial<Coupon> = {}): Coupon {
  return { couponId: 'spring', totalQuantity: 100, issuedQuantity: 0, startsAt: after(-3_600_000), endsAt: after(3_600_000), lifeDays: 365, ...different };
}

/** The buyer's coupon: 500 won off any order, for an hour more, unless said otherwise. */
export function issuedCoupon(different: Partial<IssuedCoupon> = {}): IssuedCoupon {
  return {
    issuedCouponId: 'mine', couponId: 'spring', userId: 'buyer', status: 'AVAILABLE', expiresAt: after(3_600_000), orderId: null,
    discountType: 'AMOUNT', discountValue: 500, discountMax: null, minimumOrderAmount: 0, ...different,
  };
}
