import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { seed } from '../fixtures.ts';
import { install, installedVersion } from '../install.ts';
import { type Answer, jsonClient, unexpected } from '../json-client.ts';
import { startProgram } from '../program.ts';
import type { Facts, Item, OpenShop, Outcome, Shop, Wanted } from '../shop.ts';
import { freePort } from '../../../server/src/infrastructure/postgres/embedded/free-port.ts';

interface Fixtures {
  items: string[];
  scarce: string;
  tokens: string[];
}

const folder = fileURLToPath(new URL('.', import.meta.url));

const error = '... on ErrorResult { errorCode message }';
const add = `addItemToOrder(productVariantId: $variant, quantity: 1) { __typename ${error} }`;
const applyCoupon = `applyCouponCode(couponCode: $coupon) { __typename ${error} }`;
const pay = `transitionOrderToState(state: "ArrangingPayment") { __typename ${error} }
  addPaymentToOrder(input: { method: "settled-at-once", metadata: {} }) { __typename ${error} ... on Order { code state totalWithTax } }`;

const isReady = (printed: string): boolean => printed.includes('vendure-ready');

/** The error results by which the shop refuses a purchase. */
const refusals = new Set(['INSUFFICIENT_STOCK_ERROR', 'ORDER_STATE_TRANSITION_ERROR', 'COUPON_CODE_LIMIT_ERROR', 'COUPON_REMOVED_DURING_CHECKOUT_ERROR']);

export async function vendure(): Promise<Shop> {
  await install(folder);
  return { name: `Vendure ${await installedVersion(folder, '@vendure/core')}`, open };
}

async function open(databaseUrl: string, wanted: Wanted): Promise<OpenShop> {
  const port = await freePort();
  const place = { cwd: folder, environment: { NODE_ENV: 'production', VENDURE_DISABLE_TELEMETRY: 'true', DATABASE_URL: databaseUrl, PORT: String(port) } };
  const fixtures = await seed<Fixtures>(['seed.js'], wanted, { ...place, environment: { ...place.environment, MAKE_TABLES: 'true' } });
  const server = await startProgram(['server.js'], isReady, place);
  const worker = await startProgram(['worker.js'], isReady, place);
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const { calls, ...purchases } = buying(`http://127.0.0.1:${port}`, fixtures, wanted);
  return {
    pids: [server.pid, worker.pid],
    calls,
    ...purchases,
    scarceSales: () => scarceSales(pool, fixtures.scarce),
    discountedOrders: () => discountedOrders(pool),
    close: async () => {
      await Promise.all([server.stop(), worker.stop(), pool.end()]);
    },
  };
}

function buying(origin: string, { items, scarce, tokens }: Fixtures, { couponCode }: Wanted): Pick<OpenShop, 'calls' | 'buy' | 'buyWithCoupon'> {
  const client = jsonClient(origin);
  const send = (buyer: number, query: string, variables: object) =>
    client.post('/shop-api', { authorization: `Bearer ${tokens[buyer]}` }, { query, variables });
  const variantOf = (item: Item) => (item === 'scarce' ? scarce : items[item]);
  return {
    calls: client.calls,
    // The mutations of one request are carried out one after the other.
    buy: async (buyer, item) => outcomeOf(await send(buyer, `mutation ($variant: ID!) { ${add} ${pay} }`, { variant: variantOf(item) })),
    // Two requests, because the rest of one would go on at the full price when the coupon is refused.
    buyWithCoupon: async (buyer, item) => {
      const added = await send(buyer, `mutation ($variant: ID!, $coupon: String!) { ${add} ${applyCoupon} }`, { variant: variantOf(item), coupon: couponCode });
      return outcomeOf(added) === 'refused' ? 'refused' : outcomeOf(await send(buyer, `mutation { ${pay} }`, {}));
    },
  };
}

function outcomeOf(answer: Answer): Outcome {
  const results = Object.values((answer.body['data'] ?? {}) as Record<string, { errorCode?: string } | null>);
  if (answer.status !== 200 || answer.body['errors'] !== undefined || results.length === 0) throw unexpected(answer);
  const [refusal] = results.flatMap((result) => result?.errorCode ?? []);
  if (refusal === undefined) return 'bought';
  if (refusals.has(refusal)) return 'refused';
  throw unexpected(answer);
}

async function scarceSales(pool: Pool, variant: string): Promise<Facts> {
  const { rows: [facts] } = await pool.query<Facts>(
    `SELECT count(DISTINCT o.id)::int AS orders, coalesce(sum(l.quantity), 0)::int AS units,
            (SELECT sum("stockOnHand" - "stockAllocated") FROM stock_level WHERE "productVariantId" = $1)::int AS left
     FROM order_line l JOIN "order" o ON o.id = l."orderId"
     WHERE l."productVariantId" = $1 AND o."orderPlacedAt" IS NOT NULL AND o.state = 'PaymentSettled'`,
    [variant],
  );
  if (!facts) throw new Error('the database tells nothing');
  return facts;
}

async function discountedOrders(pool: Pool): Promise<number> {
  const { rows: [counted] } = await pool.query<{ orders: number }>(
    `SELECT count(*)::int AS orders FROM "order" WHERE "orderPlacedAt" IS NOT NULL AND state = 'PaymentSettled' AND "subTotal" < 1000`,
  );
  return counted?.orders ?? 0;
}
