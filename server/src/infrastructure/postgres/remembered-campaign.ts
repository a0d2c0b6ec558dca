import type { Needs } from '../../application/ports.ts';
import type { Books, LockedRows } from '../../domain/books.ts';
import type { Coupon } from '../../domain/coupon.ts';
import { arrayParameter } from './array-parameters.ts';
import type { Packet } from './packet.ts';
import { breaksUnique } from './store-errors.ts';
import type { Clock } from './transaction.ts';

/** What is known of a campaign and those who claim it, without asking the database. */
export interface Recalled {
  couponId: string;
  rows: Partial<LockedRows>;
  /** A moment that has passed by the database's clock, and later than that of the last batch. */
  microseconds: number;
  /** The transaction that wrote the campaign's row. */
  version: string;
  /** Who is taken for a user without a coupon of the campaign. */
  claimants: string[];
}

/** How long the last reading of the clock is good for, and how old a decision may be when it is stored. */
const memoryMs = 1_000;
/** How many holders are remembered; about ten megabytes. */
const holdersMax = 100_000;
const divisionByZero = '22012';

/**
 * The campaign that this desk issued last, as its last transaction left it. Claims can be decided on it before the database is asked, since
 * whether it still is as remembered is found out, under its lock, by the transaction that stores what was decided: see `expectAsRecalled`.
 * That saves claims one of their two round trips; measured, see docs/performance.md.
 *
 * Where others issue the same campaign, it would be found changed each time. So it is recalled only after the desk has locked it once more and found
 * it as it had left it.
 */
export class RememberedCampaign {
  #left: { coupon: Coupon; clock: Clock } | undefined;
  #undisturbed = false;
  /** Where somebody had a coupon already, as after a restart, others who have one are likely to come. */
  #askFirstUntilMs = 0;
  /** Who has a coupon of it. Nobody ceases to have one, so these are no less true when the campaign has changed. */
  #holders = new Set<string>();

  /** Gives what is remembered, where that is all that is needed. */
  recall(needs: Needs): Recalled | undefined {
    if (!this.#left || !this.#undisturbed) return undefined;
    const { coupon, clock } = this.#left;
    const elapsedMs = performance.now() - clock.knownMs;
    if (elapsedMs > memoryMs || !isClaimOf(coupon.couponId, needs)) return undefined;
    const couponHolders = needs.users.flatMap((userId) => (this.#holders.has(userId) ? { couponId: coupon.couponId, userId } : []));
    return {
      couponId: coupon.couponId,
      rows: { users: needs.users.map((userId) => ({ userId })), coupons: [{ ...coupon }], couponHolders },
      // That reading took a while to arrive, so this is less than the clock says now.
      microseconds: clock.microseconds + 1 + Math.floor(elapsedMs * 1000),
      version: clock.transactionId,
      claimants: needs.users.filter((userId) => !this.#holders.has(userId)),
    };
  }

  /** To be called with what a transaction has locked and read, before it decides. */
  compare({ coupons, couponHolders }: LockedRows): void {
    if (coupons.length === 0) return;
    const left = this.#left?.coupon;
    const asLeft = coupons.some(({ couponId, issuedQuantity }) => couponId === left?.couponId && issuedQuantity === left.issuedQuantity);
    this.#undisturbed = asLeft && performance.now() >= this.#askFirstUntilMs;
    for (const { couponId, userId } of couponHolders) if (couponId === left?.couponId) this.#holders.add(userId);
  }

  /** To be called with what a transaction wrote, once that is durable, and the clock that it read, as far as that is known. */
  keep({ entries: { changedCoupons, newIssuedCoupons } }: Books, clock: Clock | undefined): void {
    if (!clock) return this.forget();
    const [coupon] = changedCoupons.values();
    if (!coupon) return this.#passTime(clock);
    if (coupon.couponId !== this.#left?.coupon.couponId || this.#holders.size > holdersMax) this.#holders.clear();
    for (const { couponId, userId } of newIssuedCoupons) if (couponId === coupon.couponId) this.#holders.add(userId);
    this.#left = { coupon: { ...coupon }, clock };
  }

  /** Not all was as recalled, for this reason: nothing is, until it has been found as it was left, and for a second after a second coupon. */
  distrust(error: unknown): void {
    this.#undisturbed = false;
    if (isSecondCoupon(error)) this.#askFirstUntilMs = performance.now() + memoryMs;
  }

  /** To be called where it is not known what became of a transaction, or another server may answer next. */
  forget(): void {
    this.#left = undefined;
    this.#holders.clear();
  }

  /** Nothing of the campaign was written: its version is still the old one. */
  #passTime({ microseconds, knownMs }: Clock): void {
    if (this.#left) this.#left.clock = { ...this.#left.clock, microseconds, knownMs };
  }
}

function isClaimOf(campaign: string, { coupons, users, ...others }: Needs): boolean {
  return coupons.length === 1 && coupons[0] === campaign && users.length > 0 && Object.values(others).every((ids: string[]) => ids.length === 0);
}

/**
 * Sends what locks the campaign and fails the transaction, so that nothing that follows in the packet is done, unless all is as recalled: the row
 * was last written by that transaction, its window has not ended, the clock has just passed the time of the decisions, and all claimants are users.
 * That none of them has a coupon of it is left to the rule that nobody gets two, which looks at the same place in the same index when theirs are
 * stored. The clock is asked after the lock, as everywhere.
 */
export function expectAsRecalled(packet: Packet, { couponId, version, microseconds, claimants }: Recalled): Promise<unknown> {
  return packet.query({
    name: 'desk-campaign-as-recalled',
    text: `
      WITH campaign AS MATERIALIZED (
        SELECT ends_at FROM coupons
        WHERE id = $1 AND xmin = $2::xid8::xid
          AND (SELECT count(*) FROM users WHERE id = ANY($4::uuid[])) = cardinality($4::uuid[])
        FOR NO KEY UPDATE)
      SELECT 1 / count(*) AS "asRecalled" FROM campaign
      WHERE clock_timestamp() < ends_at AND extract(epoch FROM clock_timestamp()) * 1000000 BETWEEN $3::bigint + 1 AND $3::bigint + ${memoryMs * 1000}`,
    values: [couponId, version, microseconds, arrayParameter('uuid', claimants)],
  });
}

/** Whether that is why a transaction failed: it divided by the number of campaigns that are as recalled, or somebody had a coupon already. */
export function isNotAsRecalled(error: unknown): boolean {
  return (error as { code?: string }).code === divisionByZero || isSecondCoupon(error);
}

function isSecondCoupon(error: unknown): boolean {
  return breaksUnique(error, 'issued_coupons_one_per_user');
}
