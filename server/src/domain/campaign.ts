import type { Books } from './books.ts';
import type { DiscountTerms } from './coupon.ts';
import type { LocalText } from './local-text.ts';
import { Refusal } from './refusal.ts';

export interface CampaignTerms extends DiscountTerms {
  name: LocalText;
  totalQuantity: number;
  /** Part of the window. */
  startsAt: Date;
  /** No longer part of it. */
  endsAt: Date;
  /** How long an issued coupon lives. */
  lifeDays: number;
}

/** A campaign as operators keep it: its row is locked. */
export interface Campaign extends CampaignTerms {
  couponId: string;
  /** Raised by every change of the terms; not by an issue. */
  version: number;
  issuedQuantity: number;
  createdAt: Date;
  updatedAt: Date;
}

export type CampaignChange = { [K in keyof CampaignTerms]?: CampaignTerms[K] | undefined };

/**
 * Makes a campaign. Gives it. Refuses VALIDATION_FAILED where the window ends before it starts, a percentage is above 100, or an AMOUNT
 * discount has a cap.
 */
export function decideCreateCampaign(books: Books, terms: CampaignTerms, operatorId: string): Campaign {
  checkTerms(terms);

  // From here it must succeed.
  const campaign = { ...terms, couponId: books.newId(), version: 1, issuedQuantity: 0, createdAt: books.now, updatedAt: books.now };
  books.recordOperatorAction({
    operatorId, action: 'create-coupon', subjectType: 'coupon', subjectId: campaign.couponId, reason: null,
    before: undefined, after: describe(campaign),
  });
  return campaign;
}

/**
 * Changes what is given. Gives the campaign afterwards.
 *
 * Refuses, in this order: VALIDATION_FAILED (like `decideCreateCampaign`), COUPON_TERMS_FIXED (another discount or minimum after a
 * coupon was issued), QUANTITY_BELOW_ISSUED.
 */
export function decideChangeCampaign(books: Books, campaign: Campaign, change: CampaignChange, operatorId: string): Campaign {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<CampaignTerms>;
  const changed = { ...campaign, ...given, version: campaign.version + 1, updatedAt: books.now };
  const { issuedQuantity } = campaign;
  checkTerms(changed);
  if (issuedQuantity > 0 && fixedTerms.some((term) => changed[term] !== campaign[term])) throw new Refusal('COUPON_TERMS_FIXED', { issuedQuantity });
  if (changed.totalQuantity < issuedQuantity) throw new Refusal('QUANTITY_BELOW_ISSUED', { issuedQuantity });

  // From here it must succeed.
  books.recordOperatorAction({
    operatorId, action: 'change-coupon', subjectType: 'coupon', subjectId: campaign.couponId, reason: null,
    before: describe(campaign), after: describe(changed),
  });
  return changed;
}

/** What every buyer came for. */
const fixedTerms = ['discountType', 'discountValue', 'discountMax', 'minimumOrderAmount'] as const;

function checkTerms({ discountType, discountValue, discountMax, startsAt, endsAt }: CampaignTerms): void {
  if (endsAt <= startsAt) throw invalid('endsAt', 'must be after startsAt');
  if (discountType === 'PERCENT' && discountValue > 100) throw invalid('discountValue', 'must be at most 100 percent');
  if (discountType === 'AMOUNT' && discountMax !== null) throw invalid('discountMax', 'must be null where the discount is an AMOUNT');
}

function invalid(field: string, message: string): Refusal {
  return new Refusal('VALIDATION_FAILED', { errors: [{ field, message }] });
}

/** What the audit log keeps of a campaign. */
function describe({ couponId: _couponId, createdAt: _createdAt, updatedAt: _updatedAt, ...terms }: Campaign) {
  return terms;
}
