import { Type } from 'typebox';
import type { PlaceOrder } from '../../../application/place-order.ts';
import type { OrderQueries } from '../../../application/ports.ts';
import { ReplayableRefusal } from '../../../application/desk.ts';
import { deliveryStatuses, itemQuantityMax, orderStatuses } from '../../../domain/order.ts';
import { Refusal, orderFailureReasons } from '../../../domain/refusal.ts';
import type { App } from '../app-type.ts';
import { callerOf, subjectOfRequest } from '../authenticate.ts';
import { Closed, Id, IdempotencyHeaders, Money, Nullable, OneOf, PageQuery, Time, problemResponses } from '../fields.ts';
import { languageOf } from '../language.ts';
import { sendPage } from '../pages.ts';

/** Lines as sent; repeated lines of one variant are merged, so there may be more of them than an order has variants. */
const orderLinesMax = 1_000;

const PlaceOrderBody = Closed({
  userId: Type.Optional(Id),
  items: Type.Array(
    Closed({
      productId: Id,
      variantId: Type.Optional(Type.String({ format: 'uuid', description: "May be left out for a product's only variant." })),
      quantity: Type.Integer({ minimum: 1, maximum: itemQuantityMax }),
    }),
    { minItems: 1, maxItems: orderLinesMax },
  ),
});

const itemFields = { productId: Id, variantId: Id, quantity: Type.Integer(), unitPrice: Money };

const orderFields = {
  orderId: Id,
  userId: Id,
  orderStatus: OneOf(orderStatuses),
  deliveryStatus: Nullable(OneOf(deliveryStatuses)),
  itemsPrice: Money,
  discountAmount: Money,
  totalPrice: Type.Integer({ description: 'What is paid, won: itemsPrice less discountAmount.' }),
  failureReason: Nullable(OneOf(orderFailureReasons)),
  createdAt: Time,
  paidAt: Nullable(Time),
};

const Order = Type.Object({ ...orderFields, items: Type.Array(Type.Object(itemFields)) });

const OrderDetail = Type.Object({
  ...orderFields,
  items: Type.Array(Type.Object({ ...itemFields, productName: Type.String(), variantName: Type.String() })),
  payments: Type.Array(
    Type.Object({
      paymentId: Id,
      status: OneOf(['SUCCESS', 'FAILED']),
      amount: Money,
      failureReason: Nullable(OneOf(orderFailureReasons)),
      createdAt: Time,
    }),
  ),
  statusHistory: Type.Array(
    Type.Object({
      orderStatus: OneOf(orderStatuses),
      deliveryStatus: Nullable(OneOf(deliveryStatuses)),
      reason: Nullable(Type.String()),
      changedBy: OneOf(['USER', 'OPERATOR', 'SYSTEM']),
      createdAt: Time,
    }),
  ),
});

export interface OrderRoutes {
  placeOrder: PlaceOrder;
  orders: OrderQueries;
}

export function orderRoutes(app: App, { placeOrder, orders }: OrderRoutes): void {
  app.post(
    '/order',
    {
      schema: {
        operationId: 'placeOrder',
        summary: 'Create an order and pay it, in one step',
        description: 'A refused order is kept as FAILED; the problem then carries its `orderId`.',
        tags: ['order'],
        headers: IdempotencyHeaders,
        body: PlaceOrderBody,
        response: { 201: Order, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { value: order, replayed } = await placeOrder(callerOf(request), request.body, request.headers['idempotency-key']);
      if (order.failureReason) throw new ReplayableRefusal(order.failureReason, { orderId: order.orderId }, replayed);
      if (replayed) reply.header('idempotency-replayed', 'true');
      return reply.code(201).header('location', `/orders/${order.orderId}`).send(order);
    },
  );

  app.get(
    '/orders',
    {
      schema: {
        operationId: 'listOrders',
        summary: 'Orders of the caller, newest first',
        tags: ['order'],
        querystring: Closed({ userId: Type.Optional(Id), status: Type.Optional(OneOf(orderStatuses)), ...PageQuery }),
        response: { 200: Type.Array(Order), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId, status, limit, cursor } = request.query;
      return sendPage(request, reply, await orders.list(subjectOfRequest(request, userId), status, { limit, cursor }));
    },
  );

  app.get(
    '/orders/:orderId',
    {
      schema: {
        operationId: 'getOrder',
        summary: 'An order with its items, payments and status history',
        tags: ['order'],
        params: Type.Object({ orderId: Id }),
        response: { 200: OrderDetail, ...problemResponses(400, 401, 404, 429, 503) },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const order = await orders.find(request.params.orderId, languageOf(request));
      // Another's order answers like one that does not exist: ids tell nothing.
      if (!order || (order.userId !== caller.userId && caller.role !== 'operator')) throw new Refusal('ORDER_NOT_FOUND');
      return order;
    },
  );
}
