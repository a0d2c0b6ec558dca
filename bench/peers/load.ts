import { cpuSecondsOf } from '../processes.ts';
import type { Item, OpenShop } from './shop.ts';

export interface Load {
  concurrency: number;
  seconds: number;
  /** Buyers to take turns, as numbers. */
  buyers: number[];
  products: number;
  postgresPid: number;
}

export interface Measured {
  concurrency: number;
  purchases: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  callsPerPurchase: number;
  serverCpuMs: number;
  postgresCpuMs: number;
  refused: number;
  /** What went wrong otherwise, and how often. */
  failures: Record<string, number>;
}

const hotShare = 10;
const hotItem = 0;
const scatter = 7_919;

/** Every tenth purchase is of the hot product; the others go round all the rest. */
function itemOf(n: number, products: number): Item {
  return n % hotShare === 0 ? hotItem : 1 + ((n * scatter) % (products - 1));
}

/**
 * Buyers buy one after the other, so many at once, until the time is over. What has begun then is still counted, and so is the time it takes. A
 * buyer whose purchase did not succeed does not try again: a shop may keep what was begun.
 */
export async function measureLoad(shop: OpenShop, { concurrency, seconds, buyers, products, postgresPid }: Load): Promise<Measured> {
  const waiting = [...buyers];
  const latencies: number[] = [];
  const failures: Record<string, number> = {};
  let refused = 0;
  let begun = 0;
  const cpu = () => ({ server: shop.pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0), postgres: cpuSecondsOf(postgresPid) });
  const before = { cpu: cpu(), calls: shop.calls(), at: performance.now() };
  const lane = async () => {
    while (performance.now() - before.at < seconds * 1_000) {
      const buyer = waiting.shift();
      if (buyer === undefined) throw new Error(`no buyer is left whose purchases have all succeeded: ${JSON.stringify(failures)}`);
      const at = performance.now();
      try {
        if ((await shop.buy(buyer, itemOf((begun += 1), products))) === 'refused') {
          refused += 1;
        } else {
          latencies.push(performance.now() - at);
          waiting.push(buyer);
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        failures[reason] = (failures[reason] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const elapsed = (performance.now() - before.at) / 1_000;
  const after = cpu();
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const purchases = sorted.length;
  return {
    concurrency, purchases, refused, failures,
    perSecond: purchases / elapsed,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    callsPerPurchase: (shop.calls() - before.calls) / purchases,
    serverCpuMs: ((after.server - before.cpu.server) * 1_000) / purchases,
    postgresCpuMs: ((after.postgres - before.cpu.postgres) * 1_000) / purchases,
  };
}
