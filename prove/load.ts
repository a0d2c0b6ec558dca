import { setTimeout as sleep } from 'node:timers/promises';
import type { Goods } from './fixtures.ts';
import type { Buyer, Line, Operation } from './operations.ts';
import type { Random } from './random.ts';
import type { Round } from './round.ts';

/** How many workers send requests, one after the other each. */
const workersMax = 48;
/** Each pauses for up to this long after an answer, so that a server that starts meanwhile gets its share of the processors. */
const pauseMs = 40;
const buyersCount = 60;
const goodsCount = 12;
const balance = 60_000;

interface KnownOrder {
  buyer: Buyer;
  orderId: string;
}

/** What the workers share: so the same buyer, order or coupon is often asked for by several at once. */
interface Shop {
  buyers: Buyer[];
  goods: Goods[];
  couponIds: string[];
  orders: KnownOrder[];
  issued: { buyer: Buyer; issuedCouponId: string }[];
}

export interface MixedLoad {
  /** Sends no more, and waits until everything under way is settled. */
  stop: () => Promise<void>;
}

/** Everything at once: orders, holds, payments, cancellations, claims and charges, on few buyers and goods, until it is stopped. */
export async function startMixedLoad(round: Round): Promise<MixedLoad> {
  const shop: Shop = {
    buyers: await round.shop.newBuyers(buyersCount, balance),
    // Some of it runs out.
    goods: [...(await round.shop.newGoods(goodsCount - 2, { stock: 100_000 })), ...(await round.shop.newGoods(2, { stock: 40 }))],
    couponIds: [await round.shop.newCoupon(20), await round.shop.newCoupon(1_000), await round.shop.newCoupon(1_000)],
    orders: [],
    issued: [],
  };
  const stopping = new AbortController();
  const workers = Promise.all(Array.from({ length: workersMax }, () => work(round, shop, round.random.fork(), stopping.signal)));
  return {
    async stop() {
      stopping.abort();
      await workers;
    },
  };
}

async function work(round: Round, shop: Shop, random: Random, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const { buyer, operation } = nextRequest(shop, random);
    const { answer } = await round.client.send(buyer, operation);
    await sleep(random.whole(0, pauseMs));
    if (answer?.status !== 201) continue;
    const { orderId, issuedCouponId } = answer.body;
    if (orderId !== undefined) shop.orders.push({ buyer, orderId });
    else if (issuedCouponId !== undefined) shop.issued.push({ buyer, issuedCouponId });
  }
}

function nextRequest(shop: Shop, random: Random): { buyer: Buyer; operation: Operation } {
  const kind = random.pick(['order', 'order', 'order', 'hold', 'hold', 'pay', 'pay', 'cancel', 'cancel', 'claim', 'charge'] as const);
  if (kind === 'claim') return { buyer: random.pick(shop.buyers), operation: { kind, couponId: random.pick(shop.couponIds) } };
  if (kind === 'charge') return { buyer: random.pick(shop.buyers), operation: { kind, amount: random.whole(1, 9) * 1_000 } };
  if (kind === 'pay' || kind === 'cancel') {
    // One of the last orders, so that others are at it too.
    const recent = shop.orders.slice(-20);
    if (recent.length > 0) {
      const { buyer, orderId } = random.pick(recent);
      return { buyer, operation: { kind, orderId } };
    }
  }
  const ordered = kind === 'hold' ? 'hold' : 'order';
  if (shop.issued.length > 0 && random.chance(0.3)) {
    const { buyer, issuedCouponId } = random.pick(shop.issued.slice(-20));
    return { buyer, operation: { kind: ordered, items: linesOf(shop.goods, random), couponId: issuedCouponId } };
  }
  return { buyer: random.pick(shop.buyers), operation: { kind: ordered, items: linesOf(shop.goods, random) } };
}

/** 1 to 3 different goods in any order. */
export function linesOf(goods: Goods[], random: Random): Line[] {
  return random.shuffled(goods).slice(0, random.whole(1, 3)).map((each) => ({ ...each, quantity: random.whole(1, 2) }));
}

/** The requests that were under way on a server when it went, by kind, and what had become of them; a sentence for the report. */
export function brokenOff({ client: { record } }: Round): string {
  // Where nobody listened, nothing was under way.
  const broken = record.filter(({ attempts }) => attempts.some(({ outcome }) => outcome.status === null && outcome.why !== 'ECONNREFUSED'));
  const kinds = [...Map.groupBy(broken, ({ operation }) => operation.kind)].map(([kind, each]) => `${each.length} ${kind}`).toSorted();
  const decided = broken.filter(({ answer }) => answer?.replayed === true).length;
  return broken.length === 0 ? 'nothing was broken off' : `broken off without an answer: ${kinds.join(', ')}; ${decided} of ${broken.length} had been decided`;
}
