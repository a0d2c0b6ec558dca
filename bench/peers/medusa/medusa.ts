import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { seed } from '../fixtures.ts';
import { install, installedVersion } from '../install.ts';
import { type Answer, jsonClient, unexpected } from '../json-client.ts';
import { runProgram, startProgram } from '../program.ts';
import type { Facts, Item, OpenShop, Outcome, Shop, Wanted } from '../shop.ts';
import { freePort } from '../../../server/src/infrastructure/postgres/embedded/free-port.ts';

interface Fixtures {
  items: string[];
  scarce: string;
  tokens: string[];
  regionId: string;
  publishableKey: string;
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const medusaCommand = 'node_modules/@medusajs/cli/cli.js';
const price = 1_000;

export async function medusa(): Promise<Shop> {
  await install(folder);
  return { name: `Medusa ${await installedVersion(folder, '@medusajs/medusa')}`, open };
}

async function open(databaseUrl: string, wanted: Wanted): Promise<OpenShop> {
  const port = await freePort();
  const environment = {
    NODE_ENV: 'production', DATABASE_URL: databaseUrl, JWT_SECRET: 'a secret for the benchmark', COOKIE_SECRET: 'another secret for the benchmark',
    LOG_LEVEL: 'warn', MEDUSA_DISABLE_TELEMETRY: 'true',
  };
  const place = { cwd: folder, environment };
  await runProgram([medusaCommand, 'db:migrate'], place);
  const fixtures = await seed<Fixtures>([medusaCommand, 'exec', './seed.js'], wanted, place);
  const origin = `http://127.0.0.1:${port}`;
  const isReady = () => fetch(`${origin}/health`).then(({ ok }) => ok, () => false);
  const server = await startProgram([medusaCommand, 'start', '--host', '127.0.0.1', '--port', String(port)], isReady, place);
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const { calls, ...purchases } = buying(origin, fixtures, wanted);
  return {
    pids: [server.pid],
    calls,
    ...purchases,
    scarceSales: () => scarceSales(pool, fixtures.scarce),
    discountedOrders: () => discountedOrders(pool, wanted.couponCode),
    close: async () => {
      await Promise.all([server.stop(), pool.end()]);
    },
  };
}

function buying(origin: string, { items, scarce, tokens, regionId, publishableKey }: Fixtures, { couponCode }: Wanted): Pick<OpenShop, 'calls' | 'buy' | 'buyWithCoupon'> {
  const client = jsonClient(origin);
  const send = (buyer: number, path: string, body: object) =>
    client.post(path, { authorization: `Bearer ${tokens[buyer]}`, 'x-publishable-api-key': publishableKey }, body);

  // Each answer is asked for the fields that are needed only.
  async function order(buyer: number, item: Item, promotions: { promo_codes?: string[] }): Promise<Outcome> {
    const lines = [{ variant_id: item === 'scarce' ? scarce : items[item], quantity: 1 }];
    const carted = await send(buyer, '/store/carts?fields=id,total', { region_id: regionId, items: lines, ...promotions });
    if (isRefused(carted)) return 'refused';
    const { id: cartId, total } = partOf(carted, 'cart');
    // A code whose uses are over is left out without an error.
    if (promotions.promo_codes && Number(total) >= price) return 'refused';
    const collected = await send(buyer, '/store/payment-collections?fields=id', { cart_id: cartId });
    const { id: collectionId } = partOf(collected, 'payment_collection');
    partOf(await send(buyer, `/store/payment-collections/${String(collectionId)}/payment-sessions?fields=id`, { provider_id: 'pp_system_default' }), 'payment_collection');
    const completed = await send(buyer, `/store/carts/${String(cartId)}/complete?fields=id,total`, {});
    if (isRefused(completed)) return 'refused';
    partOf(completed, 'order');
    return 'bought';
  }

  return {
    calls: client.calls,
    buy: (buyer, item) => order(buyer, item, {}),
    buyWithCoupon: (buyer, item) => order(buyer, item, { promo_codes: [couponCode] }),
  };
}

/** Not enough stock, or a promotion whose uses are over. */
function isRefused({ status, body }: Answer): boolean {
  return status === 400 && (body['code'] === 'insufficient_inventory' || body['type'] === 'not_allowed');
}

function partOf(answer: Answer, name: string): Record<string, unknown> {
  const part = answer.body[name];
  if (answer.status !== 200 || typeof part !== 'object' || part === null) throw unexpected(answer);
  return part as Record<string, unknown>;
}

/** Placed and paid: the payment is the last step of completing a cart, and an order whose cart fails there is taken back. */
const paidOrders = `
  SELECT o.id FROM "order" o JOIN order_payment_collection link ON link.order_id = o.id JOIN payment_collection payment ON payment.id = link.payment_collection_id
  WHERE o.deleted_at IS NULL AND o.status <> 'canceled' AND link.deleted_at IS NULL AND payment.status IN ('authorized', 'completed')`;

async function scarceSales(pool: Pool, variant: string): Promise<Facts> {
  const { rows: [facts] } = await pool.query<Facts>(
    `SELECT count(DISTINCT i.order_id)::int AS orders, coalesce(sum(i.quantity), 0)::int AS units,
            (SELECT sum(level.stocked_quantity - level.reserved_quantity) FROM inventory_level level
             JOIN product_variant_inventory_item link ON link.inventory_item_id = level.inventory_item_id WHERE link.variant_id = $1)::int AS left
     FROM order_line_item line JOIN order_item i ON i.item_id = line.id WHERE line.variant_id = $1 AND i.order_id IN (${paidOrders})`,
    [variant],
  );
  if (!facts) throw new Error('the database tells nothing');
  return facts;
}

async function discountedOrders(pool: Pool, code: string): Promise<number> {
  const { rows: [counted] } = await pool.query<{ orders: number }>(
    `SELECT count(DISTINCT i.order_id)::int AS orders FROM order_line_item_adjustment discount JOIN order_item i ON i.item_id = discount.item_id
     WHERE discount.code = $1 AND discount.deleted_at IS NULL AND i.order_id IN (${paidOrders})`,
    [code],
  );
  return counted?.orders ?? 0;
}
