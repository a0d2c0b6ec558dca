import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { signAccessToken } from '../../server/src/infrastructure/access-tokens.ts';
import { audit } from '../../server/src/infrastructure/postgres/audit/audit.ts';
import { freePort } from '../../server/src/infrastructure/postgres/embedded/free-port.ts';
import { type Answer, jsonClient, unexpected } from './json-client.ts';
import { runProgram, startProgram } from './program.ts';
import type { Facts, Item, OpenShop, Outcome, Shop, Wanted } from './shop.ts';

interface Goods {
  productId: string;
  variantId: string;
}

interface Fixtures {
  items: Goods[];
  scarce: Goods;
  couponId: string;
  tokens: string[];
}

const folder = fileURLToPath(new URL('../../server', import.meta.url));
const command = 'bin/openrun.js';
const secret = 'a secret for the benchmark, long enough to sign';
const tokenSeconds = 86_400;
const balance = 100_000_000;

export async function openrun(): Promise<Shop> {
  const { version } = JSON.parse(await readFile(fileURLToPath(new URL('../../server/package.json', import.meta.url)), 'utf8')) as { version: string };
  return { name: `Openrun ${version}`, open };
}

async function open(databaseUrl: string, wanted: Wanted): Promise<OpenShop> {
  const port = await freePort();
  const environment = {
    NODE_ENV: 'production', DATABASE_URL: databaseUrl, AUTH_SECRET: secret, PORT: String(port), LOG_LEVEL: 'warn',
    // The load comes from few accounts, with more money than a wallet may hold otherwise.
    RATE_LIMIT_ACCOUNT_PER_MINUTE: '1000000000', WALLET_BALANCE_MAX: '1000000000000',
  };
  const place = { cwd: folder, environment };
  await runProgram([command, 'migrate'], place);
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const fixtures = await fill(pool, wanted);
  const server = await startProgram([command, 'start'], (printed) => printed.includes('Openrun is open at'), place);
  const { calls, ...purchases } = buying(`http://127.0.0.1:${port}`, fixtures);
  return {
    pids: [server.pid],
    calls,
    ...purchases,
    scarceSales: () => scarceSales(pool, fixtures.scarce),
    discountedOrders: () => discountedOrders(pool),
    audit: () => audit(pool),
    close: async () => {
      await server.stop();
      await pool.end();
    },
  };
}

/** Inserts the shop with all that its history must have: what was charged to each wallet, and what was put into each stock. */
async function fill(pool: Pool, { products, buyers, stock, scarceStock, couponUses }: Wanted): Promise<Fixtures> {
  const { rows: users } = await pool.query<{ id: string }>(
    `INSERT INTO users (id, email, name, role, password_hash)
     SELECT uuidv7(), 'buyer-' || n || '@bench.example', 'Buyer', 'customer', '!' FROM generate_series(1, $1::int) n RETURNING id`,
    [buyers],
  );
  await pool.query(
    `WITH charged AS (INSERT INTO wallets (user_id, balance) SELECT id, $1::bigint FROM users RETURNING user_id, balance)
     INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, created_at)
     SELECT user_id, uuidv7(), 'CHARGE', balance, 0, balance, now() FROM charged`,
    [balance],
  );
  await pool.query(
    `INSERT INTO products (id, category, name_ko, name_en, description_ko, description_en, base_price, status)
     SELECT uuidv7(), 'bench', '상품 ' || n, 'Product ' || n, '설명', 'Description', 1000, 'ON_SALE' FROM generate_series(0, $1::int) n`,
    [products],
  );
  const { rows: [scarce, ...items] } = await pool.query<Goods>(
    `WITH made AS (
       INSERT INTO variants (id, product_id, combination, additional_price, price, stock)
       SELECT uuidv7(), id, '', 0, 1000, CASE row_number() OVER (ORDER BY id) WHEN 1 THEN $2::int ELSE $1::int END FROM products RETURNING id, product_id, stock
     ), stocked AS (
       INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, created_at)
       SELECT id, uuidv7(), 'ADJUST', stock, 0, stock, now() FROM made
     )
     SELECT product_id AS "productId", id AS "variantId" FROM made ORDER BY stock, id`,
    [stock, scarceStock],
  );
  if (!scarce) throw new Error('no product was made');
  const { rows: [coupon] } = await pool.query<{ id: string }>(
    `INSERT INTO coupons (id, name_ko, name_en, discount_type, discount_value, minimum_order_amount, total_quantity, starts_at, ends_at, life_days)
     VALUES (uuidv7(), '쿠폰', 'Coupon', 'AMOUNT', 100, 0, $1, now() - interval '1 day', now() + interval '1 day', 365) RETURNING id`,
    [couponUses],
  );
  return { items, scarce, couponId: coupon?.id ?? '', tokens: users.map(({ id }) => signAccessToken(secret, { userId: id, role: 'customer' }, tokenSeconds)) };
}

function buying(origin: string, { items, scarce, couponId, tokens }: Fixtures): Pick<OpenShop, 'calls' | 'buy' | 'buyWithCoupon'> {
  const client = jsonClient(origin);
  const send = (buyer: number, path: string, body?: object) => client.post(path, { authorization: `Bearer ${tokens[buyer]}` }, body);
  const orderOf = (item: Item, coupon: { couponId?: string }) => ({ items: [{ ...(item === 'scarce' ? scarce : items[item]), quantity: 1 }], ...coupon });
  return {
    calls: client.calls,
    buy: async (buyer, item) => outcomeOf(await send(buyer, '/order', orderOf(item, {}))),
    buyWithCoupon: async (buyer, item) => {
      const issued = await send(buyer, `/coupons/${couponId}/issue`);
      if (outcomeOf(issued) === 'refused') return 'refused';
      return outcomeOf(await send(buyer, '/order', orderOf(item, { couponId: String(issued.body['issuedCouponId']) })));
    },
  };
}

function outcomeOf(answer: Answer): Outcome {
  if (answer.status === 201) return 'bought';
  if (answer.status === 409 && ['OUT_OF_STOCK', 'SOLD_OUT'].includes(String(answer.body['code']))) return 'refused';
  throw unexpected(answer);
}

async function scarceSales(pool: Pool, { variantId }: Goods): Promise<Facts> {
  const { rows: [facts] } = await pool.query<Facts>(
    `SELECT count(DISTINCT o.id)::int AS orders, coalesce(sum(i.quantity), 0)::int AS units, (SELECT stock FROM variants WHERE id = $1)::int AS left
     FROM order_items i JOIN orders o ON o.id = i.order_id WHERE i.variant_id = $1 AND o.status = 'SUCCESS'`,
    [variantId],
  );
  if (!facts) throw new Error('the database tells nothing');
  return facts;
}

async function discountedOrders(pool: Pool): Promise<number> {
  const { rows: [counted] } = await pool.query<{ orders: number }>(`SELECT count(*)::int AS orders FROM orders WHERE status = 'SUCCESS' AND discount_amount > 0`);
  return counted?.orders ?? 0;
}
