import { type Measured, median } from './measure.ts';
import type { Scenario } from './scenarios.ts';

/** What a scenario measured: for each size, a result for each round. */
export interface Grown {
  name: string;
  /** One shopper's time counts, not the rate of many. */
  latency: boolean;
  sizes: Measured[][];
}

interface Reader {
  shopper: string;
  operator: string;
  productId: string;
}

/** What one shopper and one operator read, one request after the other. */
export function readsOf({ shopper, operator, productId }: Reader): Scenario[] {
  const paths: [path: string, token: string, name?: string][] = [
    ['/products', shopper],
    [`/products/${productId}`, shopper, '/products/{id}'],
    ['/products/top', shopper],
    ['/products/top?days=30', shopper],
    ['/orders', shopper],
    ['/balance/history', shopper],
    ['/cart', shopper],
    ['/admin/orders', operator],
    ['/admin/orders?deliveryStatus=DELIVERED', operator],
  ];
  return paths.map(([path, token, name = path]) => ({
    name: `GET ${name}`, floor: '', mustReach: 0, aim: 0, status: 200,
    prepare: async ({ shops }) => ({ urls: shops.map(({ url }) => url), request: () => ({ method: 'GET', path, headers: { authorization: `Bearer ${token}` } }) }),
  }));
}

const nameWidth = 44;

/** Medians of the rounds. A ratio is to the first size, of the same round; processor time is that of one request. */
export function tableOf(grown: Grown[], sizes: number[]): string {
  const head = [`${''.padEnd(nameWidth)}${sizes.map((orders) => `${orders} orders`.padStart(46)).join('')}`, `${''.padEnd(nameWidth)}${sizes.map(() => 'ratio  server µs  postgres µs'.padStart(46)).join('')}`];
  const lines = grown.map(({ name: what, latency, sizes: rounds }) => {
    const valueOf = ({ p50Ms, perSecond }: Measured) => (latency ? p50Ms : perSecond);
    const cells = rounds.map((own) => {
      const ratio = median(own.map((result, round) => valueOf(result) / valueOf(rounds[0]?.[round] ?? result)));
      const value = median(own.map(valueOf));
      const unexpected = own.reduce((sum, result) => sum + result.unexpected, 0);
      const text = [
        latency ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} /s`, ratio.toFixed(2).padStart(7),
        median(own.map(({ serverCpuUs }) => serverCpuUs)).toFixed(0).padStart(10), median(own.map(({ postgresCpuUs }) => postgresCpuUs)).toFixed(0).padStart(12),
      ];
      return `${text.join(' ')}${unexpected > 0 ? ` (${unexpected} unexpected)` : ''}`.padStart(46);
    });
    return `${what.padEnd(nameWidth)}${cells.join('')}`;
  });
  return [...head, ...lines].join('\n');
}
