import { v7 as uuidv7 } from 'uuid';
import { signAccessToken } from '../server/src/infrastructure/access-tokens.ts';
import { openDatabase } from '../server/src/infrastructure/postgres/database.ts';
import { loadUsers } from '../server/src/infrastructure/postgres/load-users.ts';
import { authSecret } from './cluster.ts';
import type { ProvingDatabase } from './database.ts';
import type { Opening } from './facts.ts';
import type { Buyer, Line } from './operations.ts';

/** One variant on sale, as an order names it. */
export type Goods = Pick<Line, 'productId' | 'variantId'>;

const daySeconds = 86_400;

/** Makes what a round needs, in bulk and with its history, so that the audit holds. Everything is noted in the round's opening. */
export class Fixtures {
  readonly opening: Opening = { balances: new Map(), variants: new Map(), coupons: new Map() };
  readonly #database: ProvingDatabase;

  constructor(database: ProvingDatabase) {
    this.#database = database;
  }

  async newBuyers(count: number, balance = 0): Promise<Buyer[]> {
    const { connectionString } = this.#database;
    const database = openDatabase({
      connectionString, poolMax: 1, connectTimeoutMs: 10_000, lockTimeoutMs: 10_000, statementTimeoutMs: 60_000, onError: () => {},
    });
    try {
      const userIds = await loadUsers(database.db, count, balance, () => {});
      for (const userId of userIds) this.opening.balances.set(userId, balance);
      return userIds.map((userId) => ({ userId, token: signAccessToken(authSecret, { userId, role: 'customer' }, daySeconds) }));
    } finally {
      await database.close();
    }
  }

  /** Products of one variant each. */
  async newGoods(count: number, { stock, price = 1_000 }: { stock: number; price?: number }): Promise<Goods[]> {
    const goods = Array.from({ length: count }, () => ({ productId: uuidv7(), variantId: uuidv7() }));
    const ids = [goods.map(({ productId }) => productId), goods.map(({ variantId }) => variantId)];
    await this.#database.rows(
      `WITH made AS (
         INSERT INTO products (id, category, name_ko, name_en, description_ko, description_en, base_price, status)
         SELECT id, 'proving', '상품', 'Product', '', '', $2, 'ON_SALE' FROM unnest($1::uuid[]) AS id)
       SELECT`,
      [ids[0], price],
    );
    await this.#database.rows(
      `INSERT INTO variants (id, product_id, combination, additional_price, price, stock)
       SELECT variant_id, product_id, '', 0, $3, $4 FROM unnest($1::uuid[], $2::uuid[]) AS t (product_id, variant_id)`,
      [...ids, price, stock],
    );
    if (stock > 0) {
      await this.#database.rows(
        `INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, created_at)
         SELECT id, uuidv7(), 'ADJUST', $2, 0, $2, now() FROM unnest($1::uuid[]) AS id`,
        [ids[1], stock],
      );
    }
    for (const { variantId } of goods) this.opening.variants.set(variantId, { stock, price });
    return goods;
  }

  /** A campaign of 500 won that is open now. */
  async newCoupon(total: number): Promise<string> {
    const couponId = uuidv7();
    await this.#database.rows(
      `INSERT INTO coupons (id, name_ko, name_en, discount_type, discount_value, minimum_order_amount, total_quantity, starts_at, ends_at, life_days)
       VALUES ($1, '쿠폰', 'Coupon', 'AMOUNT', 500, 0, $2, now() - interval '1 day', now() + interval '30 days', 365)`,
      [couponId, total],
    );
    this.opening.coupons.set(couponId, { total });
    return couponId;
  }
}
