import { refusedOtherwise, succeeded } from '../client.ts';
import type { Scenario } from '../round.ts';

export const lastUnit: Scenario = {
  name: 'last-unit',
  protects: 'When 1,000 buyers want the last unit at once, through all servers, exactly one of them gets it.',
  async run(round) {
    const buyers = await round.shop.newBuyers(round.size(1_000, 300), 10_000);
    const [goods] = await round.shop.newGoods(1, { stock: 1 });
    if (!goods) return;

    const orders = await Promise.all(
      round.random.shuffled(buyers).map((buyer) => round.client.send(buyer, { kind: 'order', items: [{ ...goods, quantity: 1 }] })),
    );

    round.expect('orders that got the unit', succeeded(orders).length, 1);
    round.expect('orders refused for another reason', refusedOtherwise(orders, 'OUT_OF_STOCK').length, 0);
  },
};
