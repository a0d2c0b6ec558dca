import type { Random } from '../random.ts';
import type { Operation } from '../operations.ts';
import { inParallel } from '../parallel.ts';
import { brokenOff, linesOf } from '../load.ts';
import type { Scenario } from '../round.ts';

const atOnce = 100;

export const cutSockets: Scenario = {
  name: 'cut-sockets',
  protects: 'A buyer whose connection is cut after sending a request, or half-way through it, gets exactly one effect by sending it again.',
  async run(round) {
    const buyers = await round.shop.newBuyers(200, 50_000);
    const goods = await round.shop.newGoods(5, { stock: 100_000 });
    const couponId = await round.shop.newCoupon(100);
    const tries = Array.from({ length: round.size(2_000, 400) }, () => ({ random: round.random.fork(), buyer: round.random.pick(buyers) }));

    await inParallel(tries, atOnce, async ({ random, buyer }) => {
      const first = await round.client.send(buyer, firstOperation(random), { cut: cutOf(random) });
      const orderId = first.answer?.status === 201 ? first.answer.body.orderId : undefined;
      if (orderId === undefined) return;
      if (first.operation.kind === 'hold' && random.chance(0.7)) await round.client.send(buyer, { kind: 'pay', orderId }, { cut: cutOf(random) });
      if (random.chance(0.3)) await round.client.send(buyer, { kind: 'cancel', orderId }, { cut: cutOf(random) });
    });
    round.note(brokenOff(round));

    function firstOperation(random: Random): Operation {
      const kind = random.pick(['order', 'order', 'hold', 'claim', 'charge'] as const);
      if (kind === 'claim') return { kind, couponId };
      if (kind === 'charge') return { kind, amount: random.whole(1, 9) * 100 };
      return { kind, items: linesOf(goods, random) };
    }
  },
};

function cutOf(random: Random) {
  return { part: random.chance(0.75) ? 'whole' : 'half', waitMs: random.pick([0, 0, 1, 5, 20]), reset: random.chance(0.5) } as const;
}
