import { type Recorded, refusedOtherwise, succeeded } from '../client.ts';
import type { Goods } from '../fixtures.ts';
import type { Buyer, Operation } from '../operations.ts';
import type { Round, Scenario } from '../round.ts';

const price = 1_000;
const affordable = 20;
/** Half of them orders that pay at once, half payments of held orders. */
const paymentsOfEach = 50;

export const oneBalance: Scenario = {
  name: 'one-balance',
  protects: 'Of 50 payments at once from one balance, in one step and in two, exactly those succeed that it covers.',
  async run(round) {
    const buyers = await round.shop.newBuyers(round.size(20, 5), affordable * price + price / 2);
    const [goods] = await round.shop.newGoods(1, { stock: 10_000, price });
    if (!goods) return;
    const held = await Promise.all(buyers.map((buyer) => hold(round, buyer, goods)));

    const payments = await Promise.all(buyers.map((buyer, n) => payAll(round, buyer, goods, held[n] ?? [])));

    round.expect('payments that succeeded, by buyer', payments.map((each) => succeeded(each).length), buyers.map(() => affordable));
    round.expect('payments refused for another reason', refusedOtherwise(payments.flat(), 'INSUFFICIENT_BALANCE').length, 0);
  },
};

async function hold(round: Round, buyer: Buyer, goods: Goods): Promise<string[]> {
  const holds = Array.from({ length: paymentsOfEach / 2 }, () => round.client.send(buyer, { kind: 'hold', items: [{ ...goods, quantity: 1 }] }));
  return (await Promise.all(holds)).flatMap(({ answer }) => answer?.body.orderId ?? []);
}

function payAll(round: Round, buyer: Buyer, goods: Goods, held: string[]): Promise<Recorded[]> {
  const operations = held.flatMap((orderId): Operation[] => [{ kind: 'pay', orderId }, { kind: 'order', items: [{ ...goods, quantity: 1 }] }]);
  return Promise.all(round.random.shuffled(operations).map((operation) => round.client.send(buyer, operation)));
}
