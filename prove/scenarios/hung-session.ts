import { setTimeout as sleep } from 'node:timers/promises';
import type { Goods } from '../fixtures.ts';
import type { Buyer } from '../operations.ts';
import { besideTransaction, expectAnswers, startStream } from '../outage.ts';
import type { Round, Scenario } from '../round.ts';

/** Longest time without a sale for those who do not need the locked row. */
const pauseMsMax = 2_000;
const buyersOfEach = 16;

export const hungOnVariant: Scenario = {
  name: 'hung-session-variant',
  protects: 'While a hung session holds the row of the hottest variant, every answer comes in time, and the rest of the shop sells on.',
  async run(round) {
    const buyers = await round.shop.newBuyers(buyersOfEach, 1_000_000);
    const goods = await round.shop.newGoods(1, { stock: 100_000 });
    await proveNeighbours(round, buyers, goods, () => holdRow(round, 'SELECT FROM variants WHERE id = $1 FOR UPDATE', goods[0]?.variantId));
  },
};

export const hungOnWallet: Scenario = {
  name: 'hung-session-wallet',
  protects: 'While a hung session holds the row of one wallet, every answer comes in time, and all other buyers are served.',
  async run(round) {
    const [buyer] = await round.shop.newBuyers(1, 1_000_000);
    if (!buyer) return;
    const goods = await round.shop.newGoods(4, { stock: 100_000 });
    const hold = () => holdRow(round, 'SELECT FROM wallets WHERE user_id = $1 FOR UPDATE', buyer.userId);
    await proveNeighbours(round, Array<Buyer>(buyersOfEach).fill(buyer), goods, hold);
  },
};

/** Some buyers need the row while it is held; their neighbours, in the same batches, never do. */
async function proveNeighbours(round: Round, needing: Buyer[], needed: Goods[], hold: () => Promise<void>): Promise<void> {
  const neighbours = startStream(round, await round.shop.newBuyers(buyersOfEach, 1_000_000), orders(round, await round.shop.newGoods(8, { stock: 100_000 })));
  const others = startStream(round, needing, orders(round, needed));
  await sleep(500);
  const fromMs = performance.now();
  await hold();
  const gapMs = neighbours.longestGapMs(fromMs, performance.now());
  await sleep(500);
  await Promise.all([neighbours.stop(), others.stop()]);
  const refused = neighbours.record.filter(({ attempts }) => attempts.length > 1).length;
  round.note(`neighbours: longest time without a sale ${gapMs} ms, ${refused} of ${neighbours.record.length} orders refused at first`);
  round.expect(`neighbours wait at most ${pauseMsMax} ms`, gapMs <= pauseMsMax, true);
  expectAnswers(round);
}

function orders(round: Round, goods: Goods[]) {
  const random = round.random.fork();
  return () => ({ kind: 'order' as const, items: [{ ...random.pick(goods), quantity: 1 }] });
}

async function holdRow(round: Round, query: string, id: string | undefined): Promise<void> {
  await besideTransaction(round, 'BEGIN', query, [id], () => sleep(round.size(10_000, 5_000)));
}
