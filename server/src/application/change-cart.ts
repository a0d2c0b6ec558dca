import type { Books } from '../domain/books.ts';
import { type CartItemReference, decideAddToCart, decideChangeCartItem, decideRemoveFromCart } from '../domain/cart.ts';
import type { OrderLine } from '../domain/order-lines.ts';
import type { Caller } from '../domain/user.ts';
import type { Desk } from './desk.ts';
import { actingFor } from './acting-for.ts';
import { guardFor } from './idempotency.ts';
import type { Needs } from './ports.ts';

/** Changes of a cart. Each gives whose cart it is, to be read anew; whether it was a replay tells the Idempotency-Key's header. */
export interface ChangeCart {
  /** Refuses what `decideAddToCart` refuses. */
  add(caller: Caller, request: OrderLine & { userId?: string | undefined }, idempotencyKey?: string): Promise<CartChanged>;
  /** Refuses CART_ITEM_NOT_FOUND, INVALID_QUANTITY, OUT_OF_STOCK. */
  setQuantity(caller: Caller, request: { userId?: string | undefined; cartItemId: string; quantity: number }): Promise<CartChanged>;
  /** Refuses CART_ITEM_NOT_FOUND, VARIANT_REQUIRED. */
  remove(caller: Caller, request: CartItemReference & { userId?: string | undefined }): Promise<CartChanged>;
}

export interface CartChanged {
  userId: string;
  replayed: boolean;
}

/** Carts are changed at the desk like everything else: the wallet's lock protects the cart of its owner. */
export function changeCart(desk: Desk): ChangeCart {
  async function change(userId: string, needs: Partial<Needs>, decide: (books: Books) => void, guard?: ReturnType<typeof guardFor>) {
    const { replayed } = await desk.submit({
      needs: { wallets: [userId], carts: [userId], ...needs },
      guard,
      decide: (books) => {
        decide(books);
        return null;
      },
    });
    return { userId, replayed };
  }

  return {
    async add(caller, { userId: named, productId, variantId, quantity }, idempotencyKey) {
      const { userId } = actingFor(caller, named);
      const line = { productId, variantId, quantity };
      const needs = variantId === undefined ? { variantsOfProducts: [productId] } : { variants: [variantId] };
      const guard = guardFor(caller.userId, idempotencyKey, 'add-to-cart', { userId, line });
      return change(userId, needs, (books) => decideAddToCart(books, userId, line), guard);
    },

    async setQuantity(caller, { userId: named, cartItemId, quantity }) {
      const { userId } = actingFor(caller, named);
      return change(userId, {}, (books) => decideChangeCartItem(books, userId, cartItemId, quantity));
    },

    async remove(caller, { userId: named, ...reference }) {
      const { userId } = actingFor(caller, named);
      return change(userId, {}, (books) => decideRemoveFromCart(books, userId, reference));
    },
  };
}
