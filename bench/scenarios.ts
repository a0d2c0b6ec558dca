import type { Load, Request } from './driver.ts';
import type { Server } from './processes.ts';

/** What is measured: the bare server, and instances of ours on one database. */
export interface Target {
  floor: Server;
  shops: Server[];
  servers: Server[];
  postgresPid: number;
}

/** What the requests are made of. */
export interface Fixtures {
  buyers: { userId: string; token: string }[];
  items: { productId: string; variantId: string }[];
  hot: { productId: string; variantId: string };
  /** Opens campaigns in which every buyer can have one coupon. */
  openCoupons: (campaigns: number) => Promise<string[]>;
  /** Issues coupons until there are enough for a load of some seconds. */
  issueCoupons: () => Promise<void>;
  /** Issued coupons, each with the token of its owner; a coupon is taken once. */
  takeIssuedCoupon: () => { token: string; couponId: string };
  soldOutCoupon: string;
}

export interface Scenario {
  name: string;
  /** What it is measured against, in the same run. */
  floor: string;
  /** Of the floor's throughput. */
  mustReach: number;
  aim: number;
  /** The status that every answer should have. */
  status: number;
  /** All instances share the load; else the first has it alone. */
  allInstances?: boolean;
  /** Prepared anew for each run. */
  prepare: (target: Target, fixtures: Fixtures) => Promise<Load>;
}

const tokenOf = ({ buyers }: Fixtures, n: number): string => buyers[n % buyers.length]?.token ?? '';
const json = { 'content-type': 'application/json' };

function post(path: string, fixtures: Fixtures, bodyOf: (n: number) => object | undefined) {
  return (n: number): Request => {
    const body = bodyOf(n);
    const token = tokenOf(fixtures, n);
    return {
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${token}`, ...(body && json) },
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

const reads = [
  { name: 'GET /products (20, stock live)', mustReach: 0.7, aim: 0.95, path: () => '/products' },
  { name: 'GET /products/{id}', mustReach: 0.6, aim: 0.9, path: ({ items }: Fixtures, n: number) => `/products/${items[n % 20]?.productId}` },
  { name: 'GET /products/top', mustReach: 0.6, aim: 0.9, path: () => '/products/top?days=30' },
  { name: 'GET /balance', mustReach: 0.6, aim: 0.9, path: () => '/balance' },
];

/** Reads are sent with the token of ever another buyer, like orders. */
function get(path: (n: number) => string, fixtures: Fixtures) {
  return (n: number): Request => ({ method: 'GET', path: path(n), headers: { authorization: `Bearer ${tokenOf(fixtures, n)}` } });
}

/** A bare answer of the size that ours has. */
async function bareLoad({ floor, shops }: Target, fixtures: Fixtures, path: string): Promise<Load> {
  const headers = { authorization: `Bearer ${tokenOf(fixtures, 0)}` };
  const body = await (await fetch(`${shops[0]?.url}${path}`, { headers })).text();
  return { urls: [floor.url], request: get(() => `/static/${Buffer.byteLength(body)}`, fixtures) };
}

let keys = 0;
const nextKey = () => ({ 'idempotency-key': `bench-${(keys += 1)}` });
const one = ({ shops }: Target): string[] => shops.slice(0, 1).map(({ url }) => url);

export const orders: Scenario = {
  name: 'orders, 10 % hot', floor: 'echo', mustReach: 0.35, aim: 0.6, status: 201,
  prepare: async (target, fixtures) => ({ urls: one(target), request: post('/order', fixtures, spread(fixtures)) }),
};

/** Orders each with an issued coupon and a key; the n-th request belongs to the n-th coupon's owner. */
function withCouponAndKey(fixtures: Fixtures): (n: number) => Request {
  const order = spread(fixtures);
  return (n) => {
    const { token, couponId } = fixtures.takeIssuedCoupon();
    return {
      method: 'POST', path: '/order', headers: { authorization: `Bearer ${token}`, ...json, ...nextKey() },
      body: JSON.stringify({ ...order(n), couponId }),
    };
  };
}

/** As many as are claimed one after another in the longest run. */
const campaignsMax = 20;

/** Every buyer claims once; then all of them claim in the next campaign. */
function claims(fixtures: Fixtures, campaigns: string[]): (n: number) => Request {
  let claimed = 0;
  return (n) => {
    const couponId = campaigns[Math.floor(claimed / fixtures.buyers.length)] ?? '';
    claimed += 1;
    return post(`/coupons/${couponId}/issue`, fixtures, () => undefined)(n);
  };
}

export const scenarios: Scenario[] = [
  {
    name: 'echo', floor: 'echo', mustReach: 1, aim: 1, status: 201,
    prepare: async ({ floor }, fixtures) => ({ urls: [floor.url], request: post('/echo', fixtures, spread(fixtures)) }),
  },
  orders,
  {
    name: 'orders, all hot', floor: orders.name, mustReach: 0.8, aim: 1, status: 201,
    prepare: async (target, fixtures) => ({
      urls: one(target),
      request: post('/order', fixtures, () => ({ items: [{ ...fixtures.hot, quantity: 1 }] })),
    }),
  },
  {
    name: 'orders with coupon and Idempotency-Key', floor: orders.name, mustReach: 0.75, aim: 0.9, status: 201,
    prepare: async (target, fixtures) => {
      await fixtures.issueCoupons();
      return { urls: one(target), request: withCouponAndKey(fixtures), oncePerSecond: 10_000 };
    },
  },
  {
    name: 'orders, three instances', floor: orders.name, mustReach: 0.9, aim: 1.1, status: 201, allInstances: true,
    prepare: async ({ shops }, fixtures) => ({ urls: shops.map(({ url }) => url), request: post('/order', fixtures, spread(fixtures)) }),
  },
  {
    name: 'coupon issue', floor: 'echo', mustReach: 0.6, aim: 0.85, status: 201,
    prepare: async (target, fixtures) => ({ urls: one(target), request: claims(fixtures, await fixtures.openCoupons(campaignsMax)), oncePerSecond: 25_000 }),
  },
  {
    name: 'coupon refused, sold out', floor: 'echo', mustReach: 0.9, aim: 1, status: 409,
    prepare: async (target, fixtures) => ({
      urls: one(target),
      request: post(`/coupons/${fixtures.soldOutCoupon}/issue`, fixtures, () => undefined),
    }),
  },
  ...reads.flatMap(({ name, mustReach, aim, path }): Scenario[] => [
    {
      name: `${name}: bare answer`, floor: `${name}: bare answer`, mustReach: 1, aim: 1, status: 200,
      prepare: (target, fixtures) => bareLoad(target, fixtures, path(fixtures, 0)),
    },
    {
      name, floor: `${name}: bare answer`, mustReach, aim, status: 200,
      prepare: async (target, fixtures) => ({ urls: one(target), request: get((n) => path(fixtures, n), fixtures) }),
    },
  ]),
];
