/**
 * How long an instance may answer SOLD_OUT from memory after the desk said so. An operator who raises a campaign's quantity is answered after
 * this time, so nobody is told "sold out" once the raise is confirmed.
 */
export const soldOutLeaseMs = 500;

/** Campaigns that the desk has found sold out a moment ago. Bounded: a campaign leaves it when its lease ends. */
export class SoldOutCoupons {
  readonly #leaseEnds = new Map<string, number>();
  readonly now: () => number;

  /** `now` is a clock that never goes back, in milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** `askedAt` is from before the decision, so that the lease never reaches further than it may. */
  add(couponId: string, askedAt: number): void {
    this.#leaseEnds.set(couponId, askedAt + soldOutLeaseMs);
  }

  has(couponId: string): boolean {
    const leaseEnd = this.#leaseEnds.get(couponId);
    if (leaseEnd === undefined) return false;
    if (this.now() < leaseEnd) return true;
    this.#leaseEnds.delete(couponId);
    return false;
  }
}
