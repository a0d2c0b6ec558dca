import type { Pool } from 'pg';
import { signAccessToken } from '../server/src/infrastructure/access-tokens.ts';
import type { Fixtures } from './scenarios.ts';

const buyersMax = 20_000;
const tokenLifeSeconds = 24 * 60 * 60;
/**
 * Campaigns whose every coupon is issued to one of the buyers, for the orders that use one: while these are warmed up, enough for a run of the
 * default length. Coupons issued right before a load that is measured leave changed pages behind, and its orders pay for writing them.
 */
const campaigns = 35;
/** With fewer issued coupons left, a fast machine could use up all of them in one load. */
const couponsLeftMin = 100_000;

/** What the scenarios need of a shop that `loadHistory` has filled. */
export async function makeFixtures(pool: Pool, secret: string): Promise<Fixtures> {
  const { rows: users } = await pool.query<{ id: string }>(`SELECT id FROM users WHERE email LIKE '%@bench.example' ORDER BY random() LIMIT ${buyersMax}`);
  const { rows: items } = await pool.query<{ productId: string; variantId: string }>(
    `SELECT product_id AS "productId", id AS "variantId" FROM variants WHERE stock > 1000000 ORDER BY random()`,
  );
  const tokenOf = new Map(users.map(({ id }) => [id, signAccessToken(secret, { userId: id, role: 'customer' }, tokenLifeSeconds)]));
  const [hot = { productId: '', variantId: '' }, ...others] = items;
  const issueMore = () => issueToAll(pool, users.map(({ id }) => id));
  let issued: Awaited<ReturnType<typeof issueMore>> = [];
  await pool.query('ANALYZE');
  return {
    buyers: users.map(({ id }) => ({ userId: id, token: tokenOf.get(id) ?? '' })),
    items: others,
    hot,
    openCoupons: (number) => Promise.all(Array.from({ length: number }, () => insertCoupon(pool, 1_000_000_000))),
    soldOutCoupon: await insertSoldOutCoupon(pool, users[0]?.id ?? ''),
    async issueCoupons() {
      if (issued.length >= couponsLeftMin) return;
      issued = [...(await issueMore()), ...issued];
      await pool.query('ANALYZE issued_coupons, coupon_history');
    },
    takeIssuedCoupon() {
      const coupon = issued.pop();
      if (!coupon) throw new Error('all issued coupons have been used; measure for fewer seconds');
      return { couponId: coupon.couponId, token: tokenOf.get(coupon.userId) ?? '' };
    },
  };
}

async function insertCoupon(pool: Pool, quantity: number): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO coupons (id, name_ko, name_en, discount_type, discount_value, minimum_order_amount, total_quantity, starts_at, ends_at, life_days)
     VALUES (uuidv7(), '쿠폰', 'Coupon', 'AMOUNT', 100, 0, $1, now() - interval '30 days', now() + interval '1 day', 365) RETURNING id`,
    [quantity],
  );
  return rows[0]?.id ?? '';
}

/** Issued 20 days ago, which is before the events that the audit asks for. */
async function issue(pool: Pool, couponId: string, userIds: string[]): Promise<{ couponId: string; userId: string }[]> {
  const { rows } = await pool.query<{ couponId: string; userId: string }>(
    `WITH issued AS (
       INSERT INTO issued_coupons (id, coupon_id, user_id, sequence, status, issued_at, expires_at)
       SELECT uuidv7(), $1, user_id, sequence, 'AVAILABLE', now() - interval '20 days', now() + interval '345 days'
       FROM unnest($2::uuid[]) WITH ORDINALITY AS u (user_id, sequence) RETURNING id, user_id
     ), counted AS (
       UPDATE coupons SET issued_quantity = issued_quantity + cardinality($2::uuid[]) WHERE id = $1
     ), history AS (
       INSERT INTO coupon_history (issued_coupon_id, id, action, created_at) SELECT id, uuidv7(), 'ISSUED', now() - interval '20 days' FROM issued
     )
     SELECT id AS "couponId", user_id AS "userId" FROM issued`,
    [couponId, userIds],
  );
  return rows;
}

async function issueToAll(pool: Pool, userIds: string[]): Promise<{ couponId: string; userId: string }[]> {
  const all = [];
  for (let n = 0; n < campaigns; n += 1) all.push(...(await issue(pool, await insertCoupon(pool, userIds.length), userIds)));
  return all;
}

async function insertSoldOutCoupon(pool: Pool, userId: string): Promise<string> {
  const couponId = await insertCoupon(pool, 1);
  await issue(pool, couponId, [userId]);
  return couponId;
}
