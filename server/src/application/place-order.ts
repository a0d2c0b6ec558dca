import type { Books } from '../domain/books.ts';
import { chooseCartItems } from '../domain/cart.ts';
import type { OrderLine } from '../domain/order-lines.ts';
import { type Order, type OrderTerms, decideHold, decideOrder } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Rules } from '../domain/rules.ts';
import type { Caller } from '../domain/user.ts';
import { actingFor, recordForUser } from './acting-for.ts';
import type { Decided } from './answers.ts';
import type { Desk, DeskRequest } from './desk.ts';
import { guardFor } from './idempotency.ts';
import { type OrderView, orderView } from './views.ts';

export interface OrderRequest {
  userId?: string | undefined;
  items: OrderLine[];
  /** The issued coupon's id. */
  couponId?: string | undefined;
}

export interface CartOrderRequest {
  userId?: string | undefined;
  /** Which items of the cart; all where left out. */
  cartItemIds?: string[] | undefined;
  couponId?: string | undefined;
}

type OrderUseCase<Request> = (caller: Caller, request: Request, idempotencyKey?: string) => Promise<Decided<OrderView>>;
export type PlaceOrder = OrderUseCase<OrderRequest>;
export type OrderCart = OrderUseCase<CartOrderRequest>;

/**
 * Creates and pays an order in one step. Gives the order, which may be FAILED with its reason; refuses FORBIDDEN for another's
 * wallet, and what `decideOrder` refuses.
 */
export function placeOrder(desk: Desk): PlaceOrder {
  return orderWith(desk, 'place-order', decideOrder, toldByItsOrder);
}

/** Creates an order that holds its stock and coupon until it is paid, cancelled or the hold ends. Refuses like `placeOrder`. */
export function holdOrder(desk: Desk, rules: Rules): PlaceOrder {
  return orderWith(desk, 'hold-order', (books, terms) => decideHold(books, terms, rules.holdMinutes));
}

/**
 * Orders and pays what is in the cart. The ordered items leave the cart in the order's own transaction; a FAILED order leaves it as
 * it was. Refuses like `placeOrder`, and CART_ITEM_NOT_FOUND and CART_EMPTY.
 */
export function orderCart(desk: Desk): OrderCart {
  return async (caller, { userId: named, cartItemIds, couponId }, idempotencyKey) => {
    const { userId, actor } = actingFor(caller, named);
    return desk.submit({
      needs: { wallets: [userId], carts: [userId], issuedCoupons: couponId === undefined ? [] : [couponId] },
      guard: guardFor(caller.userId, idempotencyKey, 'order-cart', { userId, cartItemIds, couponId }),
      ...toldByItsOrder,
      decide: (books) => {
        if (!books.wallet(userId)) throw new Refusal('USER_NOT_FOUND');
        const { items, lines } = chooseCartItems(books, userId, cartItemIds);
        const order = decideOrder(books, { userId, lines, issuedCouponId: couponId, actor });
        if (order.status === 'SUCCESS') for (const item of items) books.removeCartItem(item);
        recordForUser(books, actor, 'order-cart', 'order', order.orderId, null, { orderStatus: order.status });
        return orderView(order);
      },
    });
  };
}

type AnswerOfRepeats = Pick<DeskRequest<OrderView>, 'placedOrderId'>;

/** An order that was held is not told by what it is later: when its hold would have ended is forgotten. */
const toldByItsOrder: AnswerOfRepeats = { placedOrderId: ({ orderId }) => orderId };

function orderWith(
  desk: Desk,
  operation: 'place-order' | 'hold-order',
  decide: (books: Books, terms: OrderTerms) => Order,
  answerOfRepeats: AnswerOfRepeats = {},
): PlaceOrder {
  return async (caller, request, idempotencyKey) => {
    const { userId, actor } = actingFor(caller, request.userId);
    const { couponId } = request;
    const lines = request.items.map(({ productId, variantId, quantity }) => ({ productId, variantId, quantity }));
    return desk.submit({
      needs: {
        wallets: [userId],
        issuedCoupons: couponId === undefined ? [] : [couponId],
        variants: lines.flatMap(({ variantId }) => variantId ?? []),
        variantsOfProducts: lines.flatMap(({ productId, variantId }) => (variantId === undefined ? productId : [])),
      },
      guard: guardFor(caller.userId, idempotencyKey, operation, { userId, lines, couponId }),
      ...answerOfRepeats,
      decide: (books) => {
        const order = decide(books, { userId, lines, issuedCouponId: couponId, actor });
        recordForUser(books, actor, operation, 'order', order.orderId, null, { orderStatus: order.status });
        return orderView(order);
      },
    });
  };
}
