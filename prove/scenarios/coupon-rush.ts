import { inParallel } from '../parallel.ts';
import { refusedOtherwise, succeeded } from '../client.ts';
import type { Scenario } from '../round.ts';

const triesOfEach = 3;
const atOnce = 600;

export const couponRush: Scenario = {
  name: 'coupon-rush',
  protects: 'Of 10,000 buyers who each try three times for 1,000 coupons, exactly 1,000 get one each, in places 1 to 1,000.',
  async run(round) {
    const total = round.size(1_000, 100);
    const couponId = await round.shop.newCoupon(total);
    const buyers = await round.shop.newBuyers(total * 10);
    const tries = round.random.shuffled(Array.from({ length: triesOfEach }, () => buyers).flat());

    // Every third without a key: those are also answered from what a server remembers of a campaign that is sold out.
    await inParallel(tries, atOnce, (buyer, n) => round.client.send(buyer, { kind: 'claim', couponId }, n % 3 === 0 ? { key: false } : {}));

    const issued = succeeded(round.client.record);
    round.expect('coupons issued', issued.length, total);
    round.expect('buyers with a coupon', new Set(issued.map(({ buyer }) => buyer.userId)).size, total);
    round.expect('claims refused for another reason', refusedOtherwise(round.client.record, 'SOLD_OUT', 'ALREADY_ISSUED', 'OVERLOADED').length, 0);
  },
};
