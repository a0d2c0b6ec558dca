import { sql } from 'kysely';
import type { CartQueries } from '../../application/ports.ts';
import type { Db } from './database.ts';
import { variantName } from './order-queries.ts';

/** The cart as it stands: prices and stock of this moment, and what can no longer be ordered. */
export function cartQueries(db: Db): CartQueries {
  return {
    async find(userId, language) {
      const owner = await db.selectFrom('wallets').select('user_id').where('user_id', '=', userId).executeTakeFirst();
      if (!owner) return undefined;
      const items = await db
        .selectFrom('cart_items as i')
        .innerJoin('variants as v', 'v.id', 'i.variant_id')
        .innerJoin('products as p', 'p.id', 'v.product_id')
        .select((select) => [
          'i.id as cartItemId',
          'v.product_id as productId',
          'i.variant_id as variantId',
          select.ref(`p.name_${language}`).as('productName'),
          variantName(language).as('variantName'),
          select
            .selectFrom('product_images as image')
            .select('image.url')
            .whereRef('image.product_id', '=', 'p.id')
            .where('image.is_main', '=', true)
            .as('imageUrl'),
          'i.quantity',
          'v.price',
          sql<number>`v.price * i.quantity`.as('linePrice'),
          'v.stock',
          sql<boolean>`p.status = 'ON_SALE' AND v.stock >= i.quantity`.as('orderable'),
        ])
        .where('i.user_id', '=', userId)
        .orderBy('i.id')
        .execute();
      const itemsPrice = items.reduce((sum, { orderable, linePrice }) => sum + (orderable ? linePrice : 0), 0);
      return { userId, items, itemsPrice };
    },
  };
}
