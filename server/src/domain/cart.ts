import type { Books } from './books.ts';
import { findVariant, itemQuantityMax, orderVariantsMax } from './order-lines.ts';
import type { OrderLine } from './order-lines.ts';
import { Refusal } from './refusal.ts';

export interface CartItem {
  cartItemId: string;
  userId: string;
  variantId: string;
  quantity: number;
}

/** Which item: by its own id, or by the product and, where that has several, the variant. */
export interface CartItemReference {
  cartItemId?: string | undefined;
  productId?: string | undefined;
  variantId?: string | undefined;
}

/**
 * Puts units of a variant in the user's cart; more of one that is there adds up. Stock is not held: it is compared at this moment.
 *
 * Refuses, in this order: USER_NOT_FOUND, PRODUCT_NOT_FOUND, VARIANT_NOT_FOUND, VARIANT_REQUIRED, PRODUCT_NOT_ON_SALE, INVALID_QUANTITY,
 * OUT_OF_STOCK, TOO_MANY_ITEMS.
 */
export function decideAddToCart(books: Books, userId: string, line: OrderLine): void {
  if (!books.wallet(userId)) throw new Refusal('USER_NOT_FOUND');
  const variant = findVariant(books, line.productId, line.variantId);
  if (variant.productStatus !== 'ON_SALE') throw new Refusal('PRODUCT_NOT_ON_SALE');
  const cart = books.cart(userId);
  const present = cart.find(({ variantId }) => variantId === variant.variantId);
  checkQuantity(line.quantity, variant.stock);
  const quantity = (present?.quantity ?? 0) + line.quantity;
  checkQuantity(quantity, variant.stock);
  if (!present && cart.length >= orderVariantsMax) throw new Refusal('TOO_MANY_ITEMS', { maximum: orderVariantsMax });

  books.setCartItem({ cartItemId: present?.cartItemId ?? books.newId(), userId, variantId: variant.variantId, quantity });
}

/** Sets the quantity of an item. Refuses CART_ITEM_NOT_FOUND, INVALID_QUANTITY, OUT_OF_STOCK. */
export function decideChangeCartItem(books: Books, userId: string, cartItemId: string, quantity: number): void {
  const item = findCartItem(books, userId, { cartItemId });
  checkQuantity(quantity, books.variant(item.variantId)?.stock ?? 0);
  books.setCartItem({ ...item, quantity });
}

/** Takes an item out. Refuses CART_ITEM_NOT_FOUND, and VARIANT_REQUIRED where the product has several variants in the cart. */
export function decideRemoveFromCart(books: Books, userId: string, reference: CartItemReference): void {
  books.removeCartItem(findCartItem(books, userId, reference));
}

/**
 * The items to order: the chosen ones, or all. Gives the order's lines. Refuses CART_ITEM_NOT_FOUND for a chosen item that is
 * not there, CART_EMPTY when nothing is.
 */
export function chooseCartItems(books: Books, userId: string, cartItemIds: string[] | undefined): { items: CartItem[]; lines: OrderLine[] } {
  const items = cartItemIds ? [...new Set(cartItemIds)].map((cartItemId) => findCartItem(books, userId, { cartItemId })) : [...books.cart(userId)];
  if (items.length === 0) throw new Refusal('CART_EMPTY');
  const lines = items.map(({ variantId, quantity }) => ({ productId: books.variant(variantId)?.productId ?? '', variantId, quantity }));
  return { items, lines };
}

function findCartItem(books: Books, userId: string, { cartItemId, productId, variantId }: CartItemReference): CartItem {
  const [found, ...others] = books.cart(userId).filter(
    (item) =>
      (cartItemId === undefined || item.cartItemId === cartItemId) &&
      (variantId === undefined || item.variantId === variantId) &&
      (productId === undefined || books.variant(item.variantId)?.productId === productId),
  );
  if (!found) throw new Refusal('CART_ITEM_NOT_FOUND');
  if (others.length > 0) throw new Refusal('VARIANT_REQUIRED');
  return found;
}

function checkQuantity(quantity: number, stock: number): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > itemQuantityMax) {
    throw new Refusal('INVALID_QUANTITY', { minimum: 1, maximum: itemQuantityMax });
  }
  if (quantity > stock) throw new Refusal('OUT_OF_STOCK', { stock });
}
