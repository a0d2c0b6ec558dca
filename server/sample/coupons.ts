import type { CampaignTerms } from '../src/domain/campaign.ts';

/** A campaign of the sample shop; its window is told in days from the day on which the shop is loaded. */
export interface SampleCoupon extends Omit<CampaignTerms, 'startsAt' | 'endsAt'> {
  startsInDays: number;
  endsInDays: number;
}

export const sampleCoupons: SampleCoupon[] = [
  {
    name: { ko: '선착순 100명 5,000원 쿠폰', en: 'First 100: 5,000 won off' },
    discountType: 'AMOUNT', discountValue: 5_000, discountMax: null, minimumOrderAmount: 30_000,
    totalQuantity: 100, startsInDays: -1, endsInDays: 30, lifeDays: 30,
  },
  {
    name: { ko: '전 상품 10% 할인 쿠폰', en: '10% off everything' },
    discountType: 'PERCENT', discountValue: 10, discountMax: 10_000, minimumOrderAmount: 0,
    totalQuantity: 10_000, startsInDays: -1, endsInDays: 90, lifeDays: 365,
  },
  {
    name: { ko: '오픈런 예고: 선착순 50명 20,000원 쿠폰', en: 'Coming soon: first 50, 20,000 won off' },
    discountType: 'AMOUNT', discountValue: 20_000, discountMax: null, minimumOrderAmount: 100_000,
    totalQuantity: 50, startsInDays: 7, endsInDays: 14, lifeDays: 14,
  },
];
