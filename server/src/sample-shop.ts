import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { sampleProducts } from '../sample/catalog.ts';
import { sampleCoupons } from '../sample/coupons.ts';
import { imagesFolder } from './compose.ts';
import { Books } from './domain/books.ts';
import { decideOrder } from './domain/order.ts';
import type { Variant } from './domain/product.ts';
import { defaultRules } from './domain/rules.ts';
import type { Role } from './domain/user.ts';
import { type Wallet, decideCharge } from './domain/wallet.ts';
import { argon2Passwords, noPassword } from './infrastructure/passwords.ts';
import { campaignTables } from './infrastructure/postgres/campaign-tables.ts';
import type { Database } from './infrastructure/postgres/database.ts';
import { saveEntries } from './infrastructure/postgres/desk-entries.ts';
import { idsAt } from './infrastructure/postgres/ids.ts';
import { inOnePacket } from './infrastructure/postgres/packet.ts';
import { insertCatalog } from './infrastructure/postgres/sample-catalog.ts';

export const samplePassword = 'openrun-demo';
export const sampleAccounts = [
  { email: 'shopper@openrun.example', name: 'Sample Shopper', role: 'customer' },
  { email: 'operator@openrun.example', name: 'Sample Operator', role: 'operator' },
] as const;

/** Sold only when the sale opens, so no past order has it. */
const limitedItem = 'limited-openrun-sneaker';
/** The catalog was there before its first order. */
const daysOfHistory = 4;
const pastBuyers = 12;
const pastOrders = 150;
const pastHours = 71;

/** Any advisory lock will do: of two starts at once, one loads the sample and the other finds it. */
const loadingLock = 0x73616d70;

/**
 * Fills an empty shop: the sample catalog and campaigns, and orders of the last three days. All in one transaction. Gives false, and
 * changes nothing, where there are products already.
 */
export async function loadSampleShop({ pool }: Database): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [loadingLock]);
    const { rowCount } = await client.query('SELECT FROM products LIMIT 1');
    if (rowCount === 0) {
      const variants = await insertCatalog(client, sampleProducts, picturesOf, new Date(Date.now() - daysOfHistory * 24 * 60 * 60 * 1000));
      await insertCampaigns(client);
      variants.delete(limitedItem);
      await placePastOrders(client, [...variants.values()].flat().filter(({ productStatus }) => productStatus === 'ON_SALE'));
    }
    await client.query('COMMIT');
    // The planner does not know the new rows yet.
    if (rowCount === 0) await client.query('ANALYZE');
    return rowCount === 0;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function insertCampaigns(client: PoolClient): Promise<void> {
  const now = new Date();
  // Windows begin and end with a day in Korea, as campaigns do.
  const dayMs = 24 * 60 * 60 * 1000;
  const offsetMs = 9 * 60 * 60 * 1000;
  const today = Math.floor((now.getTime() + offsetMs) / dayMs) * dayMs - offsetMs;
  for (const { startsInDays, endsInDays, ...terms } of sampleCoupons) {
    const [startsAt, endsAt] = [new Date(today + startsInDays * dayMs), new Date(today + endsInDays * dayMs)];
    const campaign = { ...terms, startsAt, endsAt, couponId: uuidv7(), version: 1, issuedQuantity: 0, createdAt: now, updatedAt: now };
    await Promise.all(campaignTables.save(client, undefined, campaign));
  }
}

function picturesOf(slug: string): string[] {
  return [`${slug}.svg`, `${slug}-2.svg`].filter((name) => existsSync(`${imagesFolder}${name}`)).map((name) => `/images/${name}`);
}

/**
 * Opens the two accounts whose password everybody knows, or closes them: they must not be left open on a server that others can
 * reach, even if an earlier start on this data folder made them.
 */
export async function setSampleAccounts({ pool }: Database, open: boolean): Promise<void> {
  const emails = sampleAccounts.map(({ email }) => email);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [loadingLock]);
    const { rows } = await client.query<{ email: string; open: boolean }>(
      'SELECT email, password_hash <> $2 AS open FROM users WHERE email = ANY($1)',
      [emails, noPassword],
    );
    if (open) {
      const passwords = argon2Passwords(2);
      for (const account of sampleAccounts) {
        const known = rows.find(({ email }) => email === account.email);
        if (known?.open) continue;
        const passwordHash = await passwords.hash(samplePassword);
        if (known) await client.query('UPDATE users SET password_hash = $2 WHERE email = $1', [account.email, passwordHash]);
        else await insertUser(client, { ...account, passwordHash });
      }
    } else {
      await client.query('UPDATE users SET password_hash = $2 WHERE email = ANY($1)', [emails, noPassword]);
      await client.query(
        'UPDATE sessions SET revoked_at = now() WHERE revoked_at IS NULL AND user_id IN (SELECT id FROM users WHERE email = ANY($1))',
        [emails],
      );
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

async function insertUser(client: PoolClient, user: { email: string; name: string; role: Role; passwordHash: string }): Promise<Wallet> {
  const userId = uuidv7();
  await client.query('INSERT INTO users (id, email, name, role, password_hash) VALUES ($1, $2, $3, $4, $5)', [
    userId, user.email, user.name, user.role, user.passwordHash,
  ]);
  await client.query('INSERT INTO wallets (user_id, balance) VALUES ($1, 0)', [userId]);
  return { userId, balance: 0 };
}

/** Sells through the same rules as a live order, only earlier. */
async function placePastOrders(client: PoolClient, variants: Variant[]): Promise<void> {
  const wallets: Wallet[] = [];
  for (let buyer = 1; buyer <= pastBuyers; buyer += 1) {
    // A tag of its own keeps the address from ever meeting one that somebody registers.
    const email = `past-buyer-${buyer}-${randomBytes(4).toString('hex')}@openrun.example`;
    wallets.push(await insertUser(client, { email, name: `Past buyer ${buyer}`, role: 'customer', passwordHash: noPassword }));
  }
  const startMs = Date.now() - pastHours * 60 * 60 * 1000;
  const stepMs = (Date.now() - startMs) / (pastOrders + 1);
  // The squares make a few products much more popular than the rest.
  const popular = (order: number, line: number) => variants[Math.floor(((order * 37 + line * 61) % 100) ** 2 / 10_000 * variants.length)];
  for (let order = 0; order < pastOrders; order += 1) {
    const timeMs = Math.floor(startMs + order * stepMs);
    const wallet = wallets[(order * 5) % wallets.length];
    const chosen = new Map(Array.from({ length: 1 + (order % 3) }, (_, line) => popular(order, line)).flatMap((v) => (v && v.stock > 10 ? [[v.variantId, v]] : [])));
    if (!wallet || chosen.size === 0) continue;
    const books = new Books(new Date(timeMs), idsAt(timeMs * 1000), { wallets: [wallet], variants: [...chosen.values()] });
    decideCharge(books, defaultRules, wallet.userId, defaultRules.walletBalanceMax - wallet.balance);
    const lines = [...chosen.values()].map(({ productId, variantId }, line) => ({ productId, variantId, quantity: 1 + ((order + line) % 2) }));
    decideOrder(books, { userId: wallet.userId, lines, actor: { changedBy: 'USER', userId: wallet.userId } });
    await Promise.all(inOnePacket(client, (packet) => saveEntries(packet, books)));
  }
}
