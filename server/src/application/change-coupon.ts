import { type Campaign, type CampaignChange, type CampaignTerms, decideChangeCampaign, decideCreateCampaign } from '../domain/campaign.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Caller } from '../domain/user.ts';
import type { CampaignStore } from './admin-ports.ts';
import { type AdminCouponView, adminCouponView } from './admin-views.ts';
import type { Decided } from './answers.ts';
import { guardFor } from './idempotency.ts';
import { soldOutLeaseMs } from './sold-out-coupons.ts';
import { decidedOf } from './answers.ts';
import { type ExpectedVersions, checkVersion } from './versions.ts';

export type CreateCoupon = (operator: Caller, terms: CampaignTerms, idempotencyKey?: string) => Promise<Decided<AdminCouponView>>;
export type ChangeCoupon = (operator: Caller, couponId: string, change: CampaignChange, expected: ExpectedVersions) => Promise<AdminCouponView>;

/** Timers may fire this much early. */
const timerSlackMs = 5;

/** Makes a campaign. Refuses what `decideCreateCampaign` refuses. */
export function createCoupon(campaigns: CampaignStore): CreateCoupon {
  return async (operator, terms, idempotencyKey) => {
    const guard = guardFor(operator.userId, idempotencyKey, 'create-coupon', terms);
    return decidedOf(await campaigns.create(guard, (books) => edited(decideCreateCampaign(books, terms, operator.userId))));
  };
}

/**
 * Changes a campaign. A raised quantity is answered only when no instance says "sold out" from memory any more.
 *
 * Refuses, in this order: COUPON_NOT_FOUND, PRECONDITION_FAILED, what `decideChangeCampaign` refuses.
 */
export function changeCoupon(campaigns: CampaignStore, sleep: (ms: number) => Promise<unknown>): ChangeCoupon {
  return async (operator, couponId, change, expected) => {
    let raised = false;
    const recorded = await campaigns.change(couponId, undefined, (books, campaign) => {
      if (!campaign) throw new Refusal('COUPON_NOT_FOUND');
      checkVersion(expected, adminCouponView(campaign));
      const state = decideChangeCampaign(books, campaign, change, operator.userId);
      raised = state.totalQuantity > campaign.totalQuantity;
      return edited(state);
    });
    if (raised) await sleep(soldOutLeaseMs + timerSlackMs);
    return decidedOf(recorded).value;
  };
}

function edited(state: Campaign) {
  return { state, answer: adminCouponView(state) };
}
