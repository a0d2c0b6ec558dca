import type { PoolClient } from 'pg';
import { combinations, single, size, type SampleProduct } from '../../server/sample/catalog/sample-product.ts';
import { Books } from '../../server/src/domain/books.ts';
import type { Variant } from '../../server/src/domain/product.ts';
import type { Wallet } from '../../server/src/domain/wallet.ts';
import { noPassword } from '../../server/src/infrastructure/passwords.ts';
import { saveEntries } from '../../server/src/infrastructure/postgres/desk-entries.ts';
import { idsAt } from '../../server/src/infrastructure/postgres/ids.ts';
import { inOnePacket } from '../../server/src/infrastructure/postgres/packet.ts';
import { insertCatalog } from '../../server/src/infrastructure/postgres/sample-catalog.ts';
import { insertAll, saveTogether } from '../../server/src/infrastructure/postgres/set-statements.ts';

const rowsPerStatement = 5_000;

/** A variant of these never gets new stock, so its last orders fail: one in a hundred. */
export const isLimited = (n: number): boolean => n % 100 === 99;
const limitedStock = 5;

const sizes = size('S', 'M', 'L', 'XL');

/** The nth product has 1 to 4 sizes; together they have `count` variants. */
function* products(count: number, stock: number): Generator<SampleProduct> {
  for (let made = 0, n = 0; made < count; n += 1) {
    const values = Math.min(1 + (n % 4), count - made);
    const first = made;
    const options = values === 1 ? single(stock) : combinations([{ ...sizes, values: sizes.values.slice(0, values) }], { stock, extra: [[0, 0, 500, 1_000]] });
    made += values;
    yield {
      slug: String(n),
      category: `category-${n % 12}`,
      name: { ko: `상품 ${n}`, en: `Product ${n}` },
      description: { ko: `${n}번째 상품입니다.`, en: `This is product ${n}.` },
      price: 1_000 + ((n * 7_919) % 200) * 100,
      status: 'ON_SALE',
      options: options.options,
      variants: options.variants.map((variant, index) => (isLimited(first + index) ? { ...variant, stock: limitedStock } : variant)),
    };
  }
}

/** Inserts a catalog with so many variants, made at `openedAt`, each with `stock` units; gives them as a sale sees them. */
export async function insertPastCatalog(client: PoolClient, count: number, stock: number, openedAt: Date): Promise<Variant[]> {
  const variants: Variant[] = [];
  let chunk: SampleProduct[] = [];
  const insert = async () => {
    const inserted = await insertCatalog(client, chunk, () => [], new Date(openedAt.getTime() + variants.length));
    for (const { slug } of chunk) variants.push(...(inserted.get(slug) ?? []));
    chunk = [];
  };
  for (const product of products(count, stock)) {
    chunk.push(product);
    if (chunk.length === rowsPerStatement) await insert();
  }
  await insert();
  return variants;
}

/** One in a hundred never charges again, and at last cannot pay. */
export const isThrifty = (n: number): boolean => n % 100 === 99;

const insertUsers = insertAll<{ n: number; userId: string; at: Date }>('users', {
  id: ['uuid', ({ userId }) => userId],
  email: ['text', ({ n }) => `buyer-${n}@bench.example`],
  name: ['text', ({ n }) => `Buyer ${n}`],
  role: ['text', () => 'customer'],
  password_hash: ['text', () => noPassword],
  created_at: ['timestamptz', ({ at }) => at],
  updated_at: ['timestamptz', ({ at }) => at],
});

/** Inserts so many customers, registered at `openedAt`, and what each charged first; their wallets are inserted at the end. */
export async function insertBuyers(client: PoolClient, count: number, balance: number, openedAt: Date): Promise<Wallet[]> {
  const wallets: Wallet[] = [];
  while (wallets.length < count) {
    const at = new Date(openedAt.getTime() + wallets.length / rowsPerStatement);
    const newId = idsAt(at.getTime() * 1000);
    const added = Array.from({ length: Math.min(rowsPerStatement, count - wallets.length) }, () => ({ userId: newId(), balance: 0 }));
    const books = new Books(at, newId, { wallets: added });
    if (balance > 0) for (const { userId } of added) books.changeBalance(userId, 'CHARGE', balance, {});
    books.entries.changedWallets.clear();
    const users = insertUsers(added.map(({ userId }, index) => ({ n: wallets.length + index, userId, at })));
    await Promise.all(inOnePacket(client, (packet) => [...saveTogether(packet, [users]), ...saveEntries(packet, books)]));
    wallets.push(...added);
  }
  return wallets;
}

const insertWalletRows = insertAll<Wallet & { at: Date }>('wallets', {
  user_id: ['uuid', ({ userId }) => userId],
  balance: ['bigint', ({ balance }) => balance],
  created_at: ['timestamptz', ({ at }) => at],
});

/** Inserts the wallets as they are at the end of the history. */
export async function insertWallets(client: PoolClient, wallets: Wallet[], openedAt: Date): Promise<void> {
  for (let from = 0; from < wallets.length; from += rowsPerStatement) {
    const rows = insertWalletRows(wallets.slice(from, from + rowsPerStatement).map((wallet) => ({ ...wallet, at: openedAt })));
    await Promise.all(inOnePacket(client, (packet) => saveTogether(packet, [rows])));
  }
}

/** Brings the variants to the stock that the history left them. */
export async function updateStock(client: PoolClient, variants: Variant[], now: Date): Promise<void> {
  for (let from = 0; from < variants.length; from += rowsPerStatement) {
    const books = new Books(now, idsAt(now.getTime() * 1000), {});
    for (const variant of variants.slice(from, from + rowsPerStatement)) books.entries.changedVariants.set(variant.variantId, variant);
    await Promise.all(inOnePacket(client, (packet) => saveEntries(packet, books)));
  }
}
