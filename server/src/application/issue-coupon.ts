import { decideIssue } from '../domain/coupon.ts';
import { Refusal } from '../domain/refusal.ts';
import { timeText } from '../domain/time-text.ts';
import type { Caller } from '../domain/user.ts';
import type { Decided } from './answers.ts';
import type { Desk } from './desk.ts';
import { actingFor, recordForUser } from './acting-for.ts';
import { guardFor } from './idempotency.ts';
import type { SoldOutCoupons } from './sold-out-coupons.ts';
import type { IssuedView } from './views.ts';

export interface IssueRequest {
  couponId: string;
  userId?: string | undefined;
}

export type IssueCoupon = (caller: Caller, request: IssueRequest, idempotencyKey?: string) => Promise<Decided<IssuedView>>;

/**
 * Issues a coupon to the caller, first come, first served. Gives it with the buyer's place. Refuses FORBIDDEN for another user, and
 * what `decideIssue` refuses. Once a campaign is sold out, that is answered from memory.
 */
export function issueCoupon(desk: Desk, soldOut: SoldOutCoupons): IssueCoupon {
  return async (caller, { couponId, userId: named }, idempotencyKey) => {
    const { userId, actor } = actingFor(caller, named);
    // A repeat with a key may have won its coupon before the last one went: only the desk knows.
    if (idempotencyKey === undefined && soldOut.has(couponId)) throw new Refusal('SOLD_OUT');
    const askedAt = soldOut.now();
    const guard = guardFor(caller.userId, idempotencyKey, 'issue-coupon', { couponId, userId });
    try {
      return await desk.submit({
        // The campaign's row decides who gets one. The wallet is only there for the key.
        needs: { users: [userId], coupons: [couponId], wallets: guard ? [userId] : [] },
        guard,
        decide: (books) => {
          const issued = decideIssue(books, couponId, userId);
          recordForUser(books, actor, 'issue-coupon', 'coupon', couponId, null, { issuedCouponId: issued.issuedCouponId, userId });
          return { ...issued, status: 'AVAILABLE' as const, issuedAt: timeText(issued.issuedAt), expiresAt: timeText(issued.expiresAt) };
        },
      });
    } catch (error) {
      if (error instanceof Refusal && error.code === 'SOLD_OUT' && idempotencyKey === undefined) soldOut.add(couponId, askedAt);
      throw error;
    }
  };
}
