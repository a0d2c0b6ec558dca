import type { Pool } from 'pg';
import { signAccessToken } from '../server/src/infrastructure/access-tokens.ts';
import { secret } from './processes.ts';

/** The requests of orders of one unit by many buyers, ready to be sent; every tenth is for one product. */
export async function preparedOrders(pool: Pool): Promise<Buffer[]> {
  // Whom and what the past has left enough of: an order that is refused by a rule would look like trouble.
  const { rows: users } = await pool.query<{ id: string }>('SELECT user_id AS id FROM wallets WHERE balance > 1000000 ORDER BY random()');
  const { rows: items } = await pool.query<{ productId: string; variantId: string }>(`SELECT product_id AS "productId", id AS "variantId" FROM variants WHERE stock > 1000000 ORDER BY random()`);
  return users.map(({ id }, n) => {
    const token = signAccessToken(secret, { userId: id, role: 'customer' }, 86_400);
    const body = JSON.stringify({ items: [{ ...items[n % 10 === 0 ? 0 : n % items.length], quantity: 1 }] });
    const head = ['POST /order HTTP/1.1', 'host: shop', `authorization: Bearer ${token}`, 'content-type: application/json', `content-length: ${body.length}`];
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
}
