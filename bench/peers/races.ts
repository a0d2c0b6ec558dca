import type { Facts, OpenShop, Outcome } from './shop.ts';

interface Race {
  buyers: number;
  seconds: number;
  /** What the buyers were told. */
  bought: number;
  refused: number;
  failures: Record<string, number>;
}

export type Oversell = Race & Facts;
export type LimitedCoupon = Race & { discountedOrders: number };

/** All these buyers at once want the scarce product. */
export async function raceForStock(shop: OpenShop, buyers: number[]): Promise<Oversell> {
  const race = await all(buyers, (buyer) => shop.buy(buyer, 'scarce'));
  return { ...race, ...(await shop.scarceSales()) };
}

/** All these buyers at once want one product each with the coupon; of the products there is plenty. */
export async function raceForCoupon(shop: OpenShop, buyers: number[], products: number): Promise<LimitedCoupon> {
  const race = await all(buyers, (buyer) => shop.buyWithCoupon(buyer, buyer % products));
  return { ...race, discountedOrders: await shop.discountedOrders() };
}

async function all(buyers: number[], buy: (buyer: number) => Promise<Outcome>): Promise<Race> {
  const began = performance.now();
  const settled = await Promise.allSettled(buyers.map(buy));
  const seconds = (performance.now() - began) / 1_000;
  const told = (outcome: Outcome) => settled.filter((each) => each.status === 'fulfilled' && each.value === outcome).length;
  const failures: Record<string, number> = {};
  for (const each of settled) {
    if (each.status === 'fulfilled') continue;
    const reason = each.reason instanceof Error ? each.reason.message : String(each.reason);
    failures[reason] = (failures[reason] ?? 0) + 1;
  }
  return { buyers: buyers.length, seconds, bought: told('bought'), refused: told('refused'), failures };
}
