import type { Books } from './books.ts';
import type { Won } from './money.ts';
import { Refusal } from './refusal.ts';

export const discountTypes = ['AMOUNT', 'PERCENT'] as const;
export type DiscountType = (typeof discountTypes)[number];
export const issuedCouponStatuses = ['AVAILABLE', 'USED', 'EXPIRED'] as const;
export type IssuedCouponStatus = (typeof issuedCouponStatuses)[number];
export type CouponAction = 'ISSUED' | 'USED' | 'RESTORED' | 'EXPIRED';

/** What a coupon takes off an order. Fixed as soon as one is issued, so every buyer keeps the terms they came for. */
export interface DiscountTerms {
  discountType: DiscountType;
  /** Won for AMOUNT, 1 to 100 for PERCENT. */
  discountValue: number;
  /** Cap of a PERCENT discount, in won. */
  discountMax: Won | null;
  minimumOrderAmount: Won;
}

/** A campaign, as the issue of a coupon decides on it: its row is locked. */
export interface Coupon {
  couponId: string;
  totalQuantity: number;
  issuedQuantity: number;
  startsAt: Date;
  endsAt: Date;
  /** How long an issued coupon lives. */
  lifeDays: number;
}

/** One user's copy. `status` is what is stored; whether it has expired is asked of the time. */
export interface IssuedCoupon extends DiscountTerms {
  issuedCouponId: string;
  couponId: string;
  userId: string;
  status: 'AVAILABLE' | 'USED';
  expiresAt: Date;
  orderId: string | null;
}

export interface NewIssuedCoupon {
  issuedCouponId: string;
  couponId: string;
  userId: string;
  sequence: number;
  issuedAt: Date;
  expiresAt: Date;
}

export interface CouponHistoryLine {
  id: string;
  issuedCouponId: string;
  action: CouponAction;
  orderId: string | null;
  createdAt: Date;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Issues one coupon of a campaign to a user: first come, first served, at most one each. Gives it with the buyer's place (`sequence`).
 * The window includes its start and excludes its end, by the database's clock.
 *
 * Refuses, in this order: USER_NOT_FOUND, COUPON_NOT_FOUND, NOT_STARTED, ENDED, SOLD_OUT, ALREADY_ISSUED. Sold out comes first, because it may be
 * answered without looking at who asks.
 */
export function decideIssue(books: Books, couponId: string, userId: string): NewIssuedCoupon {
  if (!books.hasUser(userId)) throw new Refusal('USER_NOT_FOUND');
  const coupon = books.coupon(couponId);
  if (!coupon) throw new Refusal('COUPON_NOT_FOUND');
  if (books.now < coupon.startsAt) throw new Refusal('NOT_STARTED', { startsAt: coupon.startsAt.toISOString() });
  if (books.now >= coupon.endsAt) throw new Refusal('ENDED', { endsAt: coupon.endsAt.toISOString() });
  if (coupon.issuedQuantity >= coupon.totalQuantity) throw new Refusal('SOLD_OUT');
  if (books.holdsCoupon(couponId, userId)) throw new Refusal('ALREADY_ISSUED');

  // From here it must succeed.
  return books.issueCoupon(coupon, userId, new Date(books.now.getTime() + coupon.lifeDays * dayMs));
}

/** The discount on an order of `itemsPrice` won: percent rounded down, capped, and never more than the order. */
export function discountOf({ discountType, discountValue, discountMax }: DiscountTerms, itemsPrice: Won): Won {
  const discount = discountType === 'AMOUNT' ? discountValue : Math.floor((itemsPrice * discountValue) / 100);
  return Math.min(discount, discountMax ?? discount, itemsPrice);
}

/** Why a coupon cannot be used on an order, or null if it can. Told as a detail of COUPON_NOT_USABLE. */
export function whyNotUsable(coupon: IssuedCoupon, itemsPrice: Won, now: Date): 'USED' | 'EXPIRED' | 'MINIMUM_NOT_REACHED' | null {
  if (coupon.status === 'USED') return 'USED';
  if (hasExpired(coupon, now)) return 'EXPIRED';
  return itemsPrice < coupon.minimumOrderAmount ? 'MINIMUM_NOT_REACHED' : null;
}

export function hasExpired({ expiresAt }: { expiresAt: Date }, now: Date): boolean {
  return now >= expiresAt;
}
