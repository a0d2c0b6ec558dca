import type { Needs } from '../../application/ports.ts';
import type { LockedRows } from '../../domain/books.ts';
import type { CartItem } from '../../domain/cart.ts';
import type { Coupon, IssuedCoupon } from '../../domain/coupon.ts';
import type { Order } from '../../domain/order.ts';
import type { ProductStatus, Variant } from '../../domain/product.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { parseBigint } from './database.ts';
import { joinedRowsOf, rowsOf } from './found-rows.ts';
import type { Statements } from './packet.ts';

/**
 * Sends the statements that lock and read what a transaction needs, in the one global lock order: wallets, orders, coupons, issued
 * coupons, variants, each by id. Gives a promise of the rows; the statements are pipelined, so it costs one round trip.
 *
 * An order brings its buyer's wallet, its coupon and its variants with it: those never change, so they are found without a lock.
 */
export async function lockRows(statements: Statements, needs: Needs): Promise<LockedRows> {
  const [users, wallets, orders, coupons, issuedCoupons, couponHolders, cartItems, variants] = await allSettledOrThrow([
    findUsers(statements, needs),
    lockWallets(statements, needs),
    lockOrders(statements, needs),
    lockCoupons(statements, needs),
    lockIssuedCoupons(statements, needs),
    findCouponHolders(statements, needs),
    findCartItems(statements, needs),
    lockVariants(statements, needs),
  ] as const);
  return { users, wallets, orders, coupons, issuedCoupons, couponHolders, cartItems, variants };
}

/** Waits for every pipelined statement, then throws the first error: those after it only say that the transaction is aborted. */
export async function allSettledOrThrow<const T extends readonly unknown[]>(statements: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(statements);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** Each has a wallet from the first moment, but that changes with each order, so its index alone would not say whether it is there. */
function findUsers(statements: Statements, { users }: Needs): Promise<{ userId: string }[]> {
  const text = 'SELECT id::text AS line FROM users WHERE id = ANY($1::uuid[])';
  return joinedRowsOf(statements, { name: 'find-users', text, ids: [users] }, (userId: string) => ({ userId }));
}

/** The wallet also protects what belongs to its owner alone: the cart, and the owner's idempotency keys. */
function lockWallets(statements: Statements, needs: Needs): Promise<Wallet[]> {
  const { name, condition, ids } = wantedRows(needs, [
    { of: 'wallets', select: givenIds },
    { of: 'orders', select: 'SELECT user_id FROM orders WHERE id = ANY($::uuid[])' },
  ]);
  const text = `SELECT concat_ws(',', user_id, balance) AS line FROM wallets WHERE user_id ${condition} ORDER BY user_id FOR NO KEY UPDATE`;
  return joinedRowsOf(statements, { name: `lock-wallets-${name}`, text, ids }, (userId: string, balance: string) => ({
    userId, balance: parseBigint(balance),
  }));
}

const orderRows = `
    SELECT o.id AS "orderId", o.user_id AS "userId", o.status, o.delivery_status AS "deliveryStatus", o.items_price AS "itemsPrice",
           o.discount_amount AS "discountAmount", o.total_price AS "totalPrice", o.failure_reason AS "failureReason",
           o.issued_coupon_id AS "issuedCouponId", o.created_at AS "createdAt", o.paid_at AS "paidAt",
           o.hold_expires_at AS "holdExpiresAt", o.cancelled_at AS "cancelledAt",
           (SELECT json_agg(json_build_object(
              'productId', v.product_id, 'variantId', i.variant_id, 'quantity', i.quantity, 'unitPrice', i.unit_price) ORDER BY i.position)
            FROM order_items i JOIN variants v ON v.id = i.variant_id WHERE i.order_id = o.id) AS items
    FROM orders o WHERE o.id = ANY($1::uuid[]) ORDER BY o.id`;

function lockOrders(statements: Statements, { orders }: Needs): Promise<Order[]> {
  return rowsOf(statements, { name: 'lock-orders', text: `${orderRows} FOR NO KEY UPDATE OF o`, ids: [orders] });
}

/** Without a lock, for what never changes of an order. */
export function findOrders(statements: Statements, orderIds: string[]): Promise<Order[]> {
  return rowsOf(statements, { name: 'find-orders', text: orderRows, ids: [orderIds] });
}

function lockCoupons(statements: Statements, { coupons }: Needs): Promise<Coupon[]> {
  const text = `
    SELECT id AS "couponId", total_quantity AS "totalQuantity", issued_quantity AS "issuedQuantity", starts_at AS "startsAt",
           ends_at AS "endsAt", life_days AS "lifeDays"
    FROM coupons WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
  return rowsOf(statements, { name: 'lock-coupons', text, ids: [coupons] });
}

/** The terms are read from the campaign without a lock: they are fixed once a coupon is issued. */
function lockIssuedCoupons(statements: Statements, needs: Needs): Promise<IssuedCoupon[]> {
  const { name, condition, ids } = wantedRows(needs, [
    { of: 'issuedCoupons', select: givenIds },
    { of: 'orders', select: 'SELECT issued_coupon_id FROM orders WHERE id = ANY($::uuid[])' },
  ]);
  const text = `
    SELECT i.id AS "issuedCouponId", i.coupon_id AS "couponId", i.user_id AS "userId", i.status, i.expires_at AS "expiresAt",
           i.order_id AS "orderId", c.discount_type AS "discountType", c.discount_value AS "discountValue",
           c.discount_max AS "discountMax", c.minimum_order_amount AS "minimumOrderAmount"
    FROM issued_coupons i JOIN coupons c ON c.id = i.coupon_id
    WHERE i.id ${condition} ORDER BY i.id FOR NO KEY UPDATE OF i`;
  return rowsOf(statements, { name: `lock-issued-coupons-${name}`, text, ids });
}

/** Who of the asking users has a coupon of the campaign already. Protected by the campaign's lock. */
function findCouponHolders(statements: Statements, { coupons, users }: Needs): Promise<{ couponId: string; userId: string }[]> {
  if (coupons.length === 0) return Promise.resolve([]);
  const text = `
    SELECT coupon_id AS "couponId", user_id AS "userId" FROM issued_coupons
    WHERE coupon_id = ANY($1::uuid[]) AND user_id = ANY($2::uuid[])`;
  return rowsOf(statements, { name: 'find-coupon-holders', text, ids: [coupons, users] });
}

function findCartItems(statements: Statements, { carts }: Needs): Promise<CartItem[]> {
  const text = `
    SELECT id AS "cartItemId", user_id AS "userId", variant_id AS "variantId", quantity
    FROM cart_items WHERE user_id = ANY($1::uuid[]) ORDER BY user_id, id`;
  return rowsOf(statements, { name: 'find-cart-items', text, ids: [carts] });
}

/** The product's status stands on the variant, so that the locked row says it all. */
function lockVariants(statements: Statements, needs: Needs): Promise<Variant[]> {
  const { name, condition, ids } = wantedRows(needs, [
    { of: 'variants', select: givenIds },
    { of: 'variantsOfProducts', select: 'SELECT id FROM variants WHERE product_id = ANY($::uuid[])' },
    { of: 'carts', select: 'SELECT variant_id FROM cart_items WHERE user_id = ANY($::uuid[])' },
    { of: 'orders', select: 'SELECT variant_id FROM order_items WHERE order_id = ANY($::uuid[])' },
  ]);
  const text = `
    SELECT concat_ws(',', id, product_id, product_status, price, stock) AS line
    FROM variants WHERE id ${condition} ORDER BY id FOR NO KEY UPDATE`;
  return joinedRowsOf(
    statements, { name: `lock-variants-${name}`, text, ids },
    (variantId: string, productId: string, productStatus: string, price: string, stock: string) => ({
      variantId, productId, productStatus: productStatus as ProductStatus, price: parseBigint(price), stock: Number(stock),
    }),
  );
}

const givenIds = 'SELECT unnest($::uuid[])';

/**
 * The condition for the rows that the needs bring with them. Only what is asked for is in the statement: a search for nothing costs as
 * much as one that finds. Rows whose ids are given are one scan of the index, in the order in which they are locked.
 */
function wantedRows(needs: Needs, sources: { of: keyof Needs; select: string }[]): { name: string; condition: string; ids: string[][] } {
  const wanted = sources.filter(({ of }) => needs[of].length > 0);
  const selects = wanted.map(({ select }, index) => select.replace('$', `$${index + 1}`));
  const allGiven = wanted.every(({ select }) => select === givenIds);
  return {
    name: wanted.map(({ of }) => of).join('-'),
    condition: allGiven ? '= ANY($1::uuid[])' : `IN (${selects.join(' UNION ')})`,
    ids: wanted.map(({ of }) => needs[of]),
  };
}
