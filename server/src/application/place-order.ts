import { type Order, type OrderLine, decideOrder } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Caller, subjectOf } from '../domain/user.ts';
import type { Decided, Desk } from './desk.ts';
import { guardFor } from './idempotency.ts';
import type { OrderView } from './views.ts';

export interface OrderRequest {
  userId?: string | undefined;
  items: OrderLine[];
}

export type PlaceOrder = (caller: Caller, request: OrderRequest, idempotencyKey?: string) => Promise<Decided<OrderView>>;

/**
 * Creates and pays an order in one step. Gives the order, which may be FAILED with its reason; refuses FORBIDDEN for another's
 * wallet, and what `decideOrder` refuses.
 */
export function placeOrder(desk: Desk): PlaceOrder {
  return async (caller, request, idempotencyKey) => {
    const userId = subjectOf(caller, request.userId);
    if (userId === undefined) throw new Refusal('FORBIDDEN');
    const lines = request.items.map(({ productId, variantId, quantity }) => ({ productId, variantId, quantity }));
    const changedBy = userId === caller.userId ? 'USER' : 'OPERATOR';
    return desk.submit({
      needs: {
        wallets: [userId],
        variants: lines.flatMap(({ variantId }) => variantId ?? []),
        variantsOfProducts: lines.flatMap(({ productId, variantId }) => (variantId === undefined ? productId : [])),
      },
      guard: guardFor(caller.userId, idempotencyKey, 'place-order', { userId, lines }),
      decide: (books) => orderView(decideOrder(books, { userId, lines, changedBy, changedByUserId: caller.userId })),
    });
  };
}

function orderView(order: Order): OrderView {
  const { status, createdAt, paidAt, ...rest } = order;
  return { ...rest, orderStatus: status, createdAt: createdAt.toISOString(), paidAt: paidAt?.toISOString() ?? null };
}
