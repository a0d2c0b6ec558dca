import type { Pool, PoolClient } from 'pg';
import { Books } from '../../server/src/domain/books.ts';
import type { Campaign } from '../../server/src/domain/campaign.ts';
import type { Variant } from '../../server/src/domain/product.ts';
import type { Wallet } from '../../server/src/domain/wallet.ts';
import { campaignTables } from '../../server/src/infrastructure/postgres/campaign-tables.ts';
import { saveEntries } from '../../server/src/infrastructure/postgres/desk-entries.ts';
import { idsAt } from '../../server/src/infrastructure/postgres/ids.ts';
import { inOnePacket } from '../../server/src/infrastructure/postgres/packet.ts';
import { dayMs, pastOrders } from './past-orders.ts';
import { insertBuyers, insertPastCatalog, insertWallets, updateStock } from './past-shop.ts';
import { withoutIndexes } from './without-indexes.ts';

export interface History {
  users: number;
  /** What each customer charges first, in won; more when it is needed. */
  balance: number;
  variants: number;
  /** Units of each variant at the beginning, and of each further delivery when it runs out. */
  stock: number;
  orders: number;
}

export type OnStep = (step: string, done?: number) => void;

const days = 40;
const campaignDays = 7;
/** The tables that grow with the orders or the customers; the others keep their indexes. */
const large = [
  'users', 'wallets', 'wallet_transactions', 'stock_movements', 'orders', 'order_items', 'order_status_history', 'payments', 'outbox', 'product_sales_hourly',
];

/**
 * Loads an empty, migrated database with a shop and its orders of the last 40 days, as a server would have left them: all their rows, statistics, and
 * the events of the last week, already read. In one transaction; memory grows with customers and variants, not with orders. `onStep` is told what
 * is being done, and how many orders there are so far. The pool's connections must not limit the time of a statement. Throws where there are
 * products already.
 */
export async function loadHistory(pool: Pool, history: History, onStep: OnStep = () => {}): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = '10s'; SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL work_mem = '128MB'`);
    const { rows } = await client.query<{ now: Date; empty: boolean }>(
      `SELECT date_trunc('milliseconds', now()) AS now, NOT EXISTS (SELECT FROM products) AND NOT EXISTS (SELECT FROM orders) AS empty`,
    );
    const [{ now, empty } = { now: new Date(), empty: false }] = rows;
    if (!empty) throw new Error('There are products in this database already: a history is loaded into an empty one.');
    await withoutIndexes(client, large, () => loadRows(client, history, now.getTime(), onStep), onStep);
    await client.query('COMMIT');
    onStep('vacuum');
    await client.query('VACUUM ANALYZE');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function loadRows(client: PoolClient, history: History, toMs: number, onStep: OnStep): Promise<void> {
  const fromMs = toMs - days * dayMs;
  const openedAt = new Date(fromMs - dayMs);
  onStep('catalog');
  const variants = await insertPastCatalog(client, history.variants, history.stock, openedAt);
  onStep('customers');
  const wallets = await insertBuyers(client, history.users, history.balance, openedAt);
  const campaigns = await insertCampaigns(client, openedAt, history.orders);
  const shop = { wallets, variants, campaigns, stock: history.stock };

  onStep('orders');
  let saving: Promise<unknown> = Promise.resolve();
  for (const { issues, rest, done } of pastOrders(shop, history.orders, { fromMs, toMs })) {
    // One page is made while the one before it is saved.
    await saving;
    saving = Promise.all(inOnePacket(client, (packet) => [...saveEntries(packet, issues), ...saveEntries(packet, rest)]));
    saving.catch(() => {});
    onStep('orders', done);
  }
  await saving;
  onStep('wallets, stock and carts');
  await insertWallets(client, wallets, openedAt);
  await updateStock(client, variants, new Date(toMs));
  await insertCarts(client, wallets, variants, new Date(toMs));
  onStep('statistics');
  await client.query('ANALYZE orders, order_items, variants, issued_coupons');
  await client.query('UPDATE issued_coupons i SET used_at = o.created_at FROM orders o WHERE o.id = i.order_id');
  await client.query(`
    INSERT INTO product_sales_hourly (hour, product_id, units, revenue)
    SELECT date_trunc('hour', o.paid_at, 'UTC') AS hour, v.product_id, sum(i.quantity), sum(i.quantity * i.unit_price)
    FROM orders o JOIN order_items i ON i.order_id = o.id JOIN variants v ON v.id = i.variant_id WHERE o.paid_at IS NOT NULL AND o.status = 'SUCCESS'
    GROUP BY 1, 2 ORDER BY 1, 2`);
  // The events are those of this transaction: what was read ends with it.
  await client.query(`UPDATE outbox_readers SET next_transaction_id = (pg_current_xact_id()::text::numeric + 1)::text::xid8, updated_at = now()`);
}

/** One a week; the last is still open. */
async function insertCampaigns(client: PoolClient, openedAt: Date, orders: number): Promise<Campaign[]> {
  const campaigns: Campaign[] = [];
  for (let day = 0; day <= days; day += campaignDays) {
    const startsAt = new Date(openedAt.getTime() + day * dayMs);
    const number = campaigns.length + 1;
    const campaign: Campaign = {
      couponId: idsAt(startsAt.getTime() * 1000)(), name: { ko: `${number}주차 쿠폰`, en: `Coupon of week ${number}` },
      discountType: number % 2 === 0 ? 'PERCENT' : 'AMOUNT', discountValue: number % 2 === 0 ? 10 : 1_000, discountMax: number % 2 === 0 ? 5_000 : null,
      minimumOrderAmount: 5_000, totalQuantity: Math.max(10, Math.ceil(orders / 80)), issuedQuantity: 0, startsAt,
      endsAt: new Date(startsAt.getTime() + campaignDays * dayMs), lifeDays: 365, version: 1, createdAt: openedAt, updatedAt: openedAt,
    };
    await Promise.all(campaignTables.save(client, undefined, campaign));
    campaigns.push(campaign);
  }
  return campaigns;
}

/** One customer in twenty has left something in the cart. */
async function insertCarts(client: PoolClient, wallets: Wallet[], variants: Variant[], now: Date): Promise<void> {
  let books = new Books(now, idsAt(now.getTime() * 1000), {});
  const save = () => Promise.all(inOnePacket(client, (packet) => saveEntries(packet, books)));
  for (let buyer = 0; buyer < wallets.length; buyer += 20) {
    const { userId } = wallets[buyer] as Wallet;
    for (const line of [0, 1].slice(0, 1 + ((buyer / 20) % 2))) {
      const { variantId } = variants[(buyer * 7 + line) % variants.length] as Variant;
      if (variants.length > line) books.setCartItem({ cartItemId: books.newId(), userId, variantId, quantity: 1 });
    }
    if (books.entryCount < 5_000) continue;
    await save();
    books = new Books(now, books.newId, {});
  }
  await save();
}
