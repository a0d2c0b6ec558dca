import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../parallel.ts';
import { succeeded } from '../client.ts';
import type { Round, Scenario } from '../round.ts';

const atOnce = 120;
/** Sessions tell their counts to the statistics once a second. */
const statisticsDelayMs = 1_500;

export const oppositeItems: Scenario = {
  name: 'opposite-items',
  protects: 'Orders and cancellations that name the same goods in opposite order, on all servers, never block each other in a circle and never fail.',
  async run(round) {
    const count = round.size(3_000, 600);
    const buyers = await round.shop.newBuyers(atOnce, 1_000_000);
    const goods = await round.shop.newGoods(2, { stock: count, price: 100 });
    const deadlocksBefore = await deadlocks(round);

    const orders = Array.from({ length: count }, (_, n) => ({
      buyer: round.random.pick(buyers),
      items: (n % 2 === 0 ? goods : goods.toReversed()).map((each) => ({ ...each, quantity: 1 })),
      cancelled: round.random.chance(0.25),
    }));
    await inParallel(orders, atOnce, async ({ buyer, items, cancelled }) => {
      const { answer } = await round.client.send(buyer, { kind: 'order', items });
      if (cancelled && answer?.body.orderId !== undefined) await round.client.send(buyer, { kind: 'cancel', orderId: answer.body.orderId });
    });

    const { record } = round.client;
    // Only a machine without the processors for the load may turn requests away; that is not what is proven here.
    const failed = record.flatMap(({ attempts }) => attempts.filter(({ outcome }) => outcome.status === null || (outcome.status >= 500 && outcome.body.code !== 'OVERLOADED')));
    round.expect('tries that failed', failed.length, 0);
    round.expect('requests that were refused', record.length - succeeded(record).length, 0);
    await sleep(statisticsDelayMs);
    round.expect('deadlocks that PostgreSQL had to break', (await deadlocks(round)) - deadlocksBefore, 0);
  },
};

async function deadlocks(round: Round): Promise<number> {
  const [found] = await round.cluster.database.rows<{ deadlocks: number }>('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()');
  return found?.deadlocks ?? 0;
}
