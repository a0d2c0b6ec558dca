import type { Request } from 'autocannon';

export interface Target {
  floorUrl: string;
  shopUrl: string;
}

/** What the requests are made of. */
export interface Fixtures {
  tokens: string[];
  items: { productId: string; variantId: string }[];
  hot: { productId: string; variantId: string };
  openCoupon: () => Promise<string>;
  soldOutCoupon: string;
}

type Load = { url: string; request: (n: number) => Request };

export interface Scenario {
  name: string;
  /** What it is measured against, in the same run. */
  floor: string;
  mustReach: number;
  /** Prepared anew for each run. */
  prepare: (target: Target, fixtures: Fixtures) => Promise<Load>;
}

const json = { 'content-type': 'application/json' };

function post(path: string, fixtures: Fixtures, bodyOf: (n: number) => object | undefined, headersOf: (n: number) => Record<string, string> = () => ({})) {
  return (n: number): Request => {
    const body = bodyOf(n);
    const token = fixtures.tokens[n % fixtures.tokens.length] ?? '';
    return {
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${token}`, ...(body && json), ...headersOf(n) },
      ...(body && { body: JSON.stringify(body) }),
    };
  };
}

/** 1 to 3 items; every tenth order has the hot variant. */
function spread({ items, hot }: Fixtures): (n: number) => object {
  return (n) => {
    const lines = Array.from({ length: 1 + (n % 3) }, (_, line) => ({ ...items[(n * 7 + line * 131) % items.length], quantity: 1 }));
    if (n % 10 === 0) lines[0] = { ...hot, quantity: 1 };
    return { items: lines };
  };
}

/** A GET, against a bare answer of the same size. */
async function read(shopUrl: string, floorUrl: string, path: string, token: string): Promise<{ shop: Load; floor: Load }> {
  const headers = { authorization: `Bearer ${token}` };
  const body = await (await fetch(`${shopUrl}${path}`, { headers })).text();
  return {
    shop: { url: shopUrl, request: () => ({ method: 'GET', path, headers }) },
    floor: { url: floorUrl, request: () => ({ method: 'GET', path: `/static/${Buffer.byteLength(body)}`, headers }) },
  };
}

const reads = [
  { name: 'GET /products (20, stock live)', mustReach: 0.7, path: () => '/products' },
  { name: 'GET /products/{id}', mustReach: 0.6, path: ({ items }: Fixtures) => `/products/${items[0]?.productId}` },
  { name: 'GET /products/top', mustReach: 0.6, path: () => '/products/top?days=30' },
  { name: 'GET /balance', mustReach: 0.6, path: () => '/balance' },
];

let keys = 0;

export const scenarios: Scenario[] = [
  {
    name: 'echo',
    floor: 'echo',
    mustReach: 1,
    prepare: async ({ floorUrl }, fixtures) => ({ url: floorUrl, request: post('/echo', fixtures, spread(fixtures)) }),
  },
  {
    name: 'orders, 10 % hot',
    floor: 'echo',
    mustReach: 0.35,
    prepare: async ({ shopUrl }, fixtures) => ({ url: shopUrl, request: post('/order', fixtures, spread(fixtures)) }),
  },
  {
    name: 'orders, all hot',
    floor: 'orders, 10 % hot',
    mustReach: 0.8,
    prepare: async ({ shopUrl }, fixtures) => ({
      url: shopUrl,
      request: post('/order', fixtures, () => ({ items: [{ ...fixtures.hot, quantity: 1 }] })),
    }),
  },
  {
    name: 'orders with Idempotency-Key',
    floor: 'orders, 10 % hot',
    mustReach: 0.75,
    prepare: async ({ shopUrl }, fixtures) => ({
      url: shopUrl,
      request: post('/order', fixtures, spread(fixtures), () => ({ 'idempotency-key': `bench-${(keys += 1)}` })),
    }),
  },
  {
    name: 'coupon issue',
    floor: 'echo',
    mustReach: 0.6,
    prepare: async ({ shopUrl }, fixtures) => {
      const couponId = await fixtures.openCoupon();
      return { url: shopUrl, request: post(`/coupons/${couponId}/issue`, fixtures, () => undefined) };
    },
  },
  {
    name: 'coupon refused, sold out',
    floor: 'echo',
    mustReach: 0.9,
    prepare: async ({ shopUrl }, fixtures) => ({
      url: shopUrl,
      request: post(`/coupons/${fixtures.soldOutCoupon}/issue`, fixtures, () => undefined),
    }),
  },
  ...reads.flatMap(({ name, mustReach, path }): Scenario[] => [
    {
      name: `${name}: bare answer`,
      floor: `${name}: bare answer`,
      mustReach: 1,
      prepare: async ({ shopUrl, floorUrl }, fixtures) => (await read(shopUrl, floorUrl, path(fixtures), fixtures.tokens[0] ?? '')).floor,
    },
    {
      name,
      floor: `${name}: bare answer`,
      mustReach,
      prepare: async ({ shopUrl, floorUrl }, fixtures) => (await read(shopUrl, floorUrl, path(fixtures), fixtures.tokens[0] ?? '')).shop,
    },
  ]),
];
