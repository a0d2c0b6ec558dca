import { refusedOtherwise, succeeded } from '../client.ts';
import type { Scenario } from '../round.ts';

export const sameBuyerClaims: Scenario = {
  name: 'same-buyer-claims',
  protects: 'A buyer who claims a coupon 200 times at once, through all servers, gets one.',
  async run(round) {
    const couponId = await round.shop.newCoupon(1_000);
    const [buyer] = await round.shop.newBuyers(1);
    if (!buyer) return;

    const claims = await Promise.all(Array.from({ length: 200 }, () => round.client.send(buyer, { kind: 'claim', couponId })));

    round.expect('coupons issued', succeeded(claims).length, 1);
    round.expect('claims refused for another reason', refusedOtherwise(claims, 'ALREADY_ISSUED').length, 0);
  },
};
