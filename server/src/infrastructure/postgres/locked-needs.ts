import type { Pool } from 'pg';
import type { LockedNeed, Needs } from '../../application/ports.ts';
import { queryPrepared } from './driver-query.ts';

/** Which row each need comes down to, by table: the same rows as `lockRows` locks. Parameters: see `findLocked`. */
const neededRows = {
  wallets: `
    SELECT 'wallets', u, u FROM unnest($1::uuid[]) AS u
    UNION ALL SELECT 'orders', id, user_id FROM orders WHERE id = ANY($4::uuid[])`,
  orders: `SELECT 'orders', o, o FROM unnest($4::uuid[]) AS o`,
  coupons: `SELECT 'coupons', c, c FROM unnest($5::uuid[]) AS c`,
  issued_coupons: `
    SELECT 'issuedCoupons', i, i FROM unnest($6::uuid[]) AS i
    UNION ALL SELECT 'orders', id, issued_coupon_id FROM orders WHERE id = ANY($4::uuid[])`,
  variants: `
    SELECT 'variants', v, v FROM unnest($2::uuid[]) AS v
    UNION ALL SELECT 'variantsOfProducts', product_id, id FROM variants WHERE product_id = ANY($3::uuid[])
    UNION ALL SELECT 'orders', order_id, variant_id FROM order_items WHERE order_id = ANY($4::uuid[])
    UNION ALL SELECT 'carts', user_id, variant_id FROM cart_items WHERE user_id = ANY($7::uuid[])`,
};

/**
 * The needed rows of a table that cannot be locked at this moment. `xmax` of such a row is the transaction that has locked or changed
 * it. What can be locked is let go at the end of the statement.
 */
function lockedRows(table: keyof typeof neededRows): string {
  const key = table === 'wallets' ? 'user_id' : 'id';
  const needed = `(${neededRows[table]}) AS needed (kind, id, row_id)`;
  return `
    SELECT needed.kind, needed.id, held.xmax::text AS holder FROM ${needed} JOIN ${table} AS held ON held.${key} = row_id
    WHERE row_id NOT IN (
      SELECT ${key} FROM (
        SELECT ${key} FROM ${table} WHERE ${key} IN (SELECT row_id FROM ${needed}) FOR NO KEY UPDATE SKIP LOCKED
      ) AS free)`;
}

const text = (Object.keys(neededRows) as (keyof typeof neededRows)[]).map(lockedRows).join(' UNION ALL ');

/** Which needs are held up by another transaction's lock, and by which transaction. One round trip, which waits for no lock. */
export async function findLocked(pool: Pool, needs: Needs): Promise<LockedNeed[]> {
  const { wallets, variants, variantsOfProducts, orders, coupons, issuedCoupons, carts } = needs;
  const values = [wallets, variants, variantsOfProducts, orders, coupons, issuedCoupons, carts];
  return queryPrepared(pool, { name: 'desk-find-locked', text, values });
}
