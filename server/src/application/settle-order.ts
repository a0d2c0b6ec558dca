import { decideCancel, decideDelivery, decideExpireHold, decidePay } from '../domain/order-lifecycle.ts';
import type { Actor, DeliveryStatus, Order } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Rules } from '../domain/rules.ts';
import type { Caller } from '../domain/user.ts';
import type { Books } from '../domain/books.ts';
import type { Decided } from './answers.ts';
import type { Desk } from './desk.ts';
import { recordForUser } from './acting-for.ts';
import { guardFor } from './idempotency.ts';
import type { HoldQueries } from './ports.ts';
import { type OrderView, orderView } from './views.ts';

export type PayOrder = (caller: Caller, orderId: string, idempotencyKey?: string) => Promise<Decided<{ order: OrderView; paid: boolean }>>;
export type CancelOrder = (caller: Caller, orderId: string, reason?: string, idempotencyKey?: string) => Promise<Decided<OrderView>>;
export type MoveDelivery = (operator: Caller, orderId: string, next: DeliveryStatus, idempotencyKey?: string) => Promise<Decided<OrderView>>;

/** Pays a held order. Gives it and whether it is paid now. Refuses what `decidePay` refuses; another's order is ORDER_NOT_FOUND. */
export function payOrder(desk: Desk): PayOrder {
  return (caller, orderId, idempotencyKey) =>
    desk.submit({
      needs: { orders: [orderId] },
      guard: guardFor(caller.userId, idempotencyKey, 'pay-order', { orderId }),
      decide: (books) => {
        const actor = actorOn(books, caller, orderId);
        const before = statusesOf(books.order(orderId));
        const { order, paid } = decidePay(books, orderId, actor);
        recordForUser(books, actor, 'pay-order', 'order', orderId, before, statusesOf(order));
        return { order: orderView(order), paid };
      },
    });
}

/**
 * Cancels an order, by its buyer or an operator. Refuses what `decideCancel` refuses; another's order is ORDER_NOT_FOUND. What an
 * operator cancels is in the audit log.
 */
export function cancelOrder(desk: Desk, rules: Rules, actorOf: ActorOf = actorOn): CancelOrder {
  return (caller, orderId, reason, idempotencyKey) =>
    desk.submit({
      needs: { orders: [orderId] },
      guard: guardFor(caller.userId, idempotencyKey, 'cancel-order', { orderId, reason }),
      decide: (books) => {
        const actor = actorOf(books, caller, orderId);
        const before = statusesOf(books.order(orderId));
        const order = decideCancel(books, rules, orderId, actor, reason ?? null);
        if (actor.changedBy === 'OPERATOR') {
          books.recordOperatorAction({
            operatorId: caller.userId, action: 'cancel-order', subjectType: 'order', subjectId: orderId, reason: reason ?? null,
            before, after: statusesOf(order),
          });
        }
        return orderView(order);
      },
    });
}

/** Moves a delivery on, by an operator. Refuses what `decideDelivery` refuses. */
export function moveDelivery(desk: Desk): MoveDelivery {
  return (operator, orderId, next, idempotencyKey) =>
    desk.submit({
      needs: { orders: [orderId] },
      guard: guardFor(operator.userId, idempotencyKey, 'move-delivery', { orderId, next }),
      decide: (books) => {
        const before = statusesOf(books.order(orderId));
        const order = decideDelivery(books, orderId, next, { changedBy: 'OPERATOR', userId: operator.userId });
        books.recordOperatorAction({
          operatorId: operator.userId, action: 'move-delivery', subjectType: 'order', subjectId: orderId, reason: null,
          before, after: statusesOf(order),
        });
        return orderView(order);
      },
    });
}

/** Holds looked up in one round of the job. */
const holdsMax = 1_000;

/**
 * Ends the holds whose time is over. Gives how many this call ended. Any number of instances may run it: the order's row lock lets
 * one of them, or the payment that came first, have it.
 */
export function expireHolds(desk: Desk, holds: HoldQueries): () => Promise<number> {
  return async () => {
    let total = 0;
    for (;;) {
      const orderIds = await holds.findEnded(holdsMax);
      const ended = await Promise.all(
        orderIds.map((orderId) => desk.submit({ needs: { orders: [orderId] }, decide: (books) => decideExpireHold(books, orderId) })),
      );
      total += ended.filter(({ value }) => value).length;
      // After a full round there may be more, and none may outlive its time by much.
      if (orderIds.length < holdsMax) return total;
    }
  };
}

type ActorOf = (books: Books, caller: Caller, orderId: string) => Actor;

/** An operator at work, also on an order of their own. */
export const asOperator: ActorOf = (_books, operator) => ({ changedBy: 'OPERATOR', userId: operator.userId });

/** Who acts on an order: its buyer, or an operator. For anyone else it does not exist. */
function actorOn(books: Books, caller: Caller, orderId: string): Actor {
  const order = books.order(orderId);
  if (order && order.userId === caller.userId) return { changedBy: 'USER', userId: caller.userId };
  if (order && caller.role === 'operator') return { changedBy: 'OPERATOR', userId: caller.userId };
  throw new Refusal('ORDER_NOT_FOUND');
}

function statusesOf(order: Order | undefined) {
  return order && { orderStatus: order.status, deliveryStatus: order.deliveryStatus };
}
