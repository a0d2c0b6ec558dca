import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { type Decided, ReplayableRefusal } from '../../../application/answers.ts';
import type { PlaceOrder } from '../../../application/place-order.ts';
import type { OrderQueries, UserStore } from '../../../application/ports.ts';
import type { CancelOrder, PayOrder } from '../../../application/settle-order.ts';
import type { OrderView } from '../../../application/views.ts';
import { orderStatuses } from '../../../domain/order.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { App } from '../app-type.ts';
import { callerOf, refuseUnknownSubject, subjectOfRequest } from '../authenticate.ts';
import { Closed, Id, IdempotencyHeaders, OneOf, PageQuery, Text, problemResponses } from '../fields.ts';
import { sendDecided } from '../decided.ts';
import { languageOf } from '../language.ts';
import { sendPage } from '../pages.ts';
import { Order, OrderBody, OrderDetail } from './order-schemas.ts';

export interface OrderRoutes {
  placeOrder: PlaceOrder;
  holdOrder: PlaceOrder;
  payOrder: PayOrder;
  cancelOrder: CancelOrder;
  orders: OrderQueries;
  users: UserStore;
}

const OrderParams = Type.Object({ orderId: Id });
const tags = ['order'];

export function orderRoutes(app: App, { placeOrder, holdOrder, payOrder, cancelOrder, orders, users }: OrderRoutes): void {
  app.post(
    '/order',
    {
      schema: {
        operationId: 'placeOrder',
        summary: 'Create an order and pay it, in one step',
        description: 'A refused order is kept as FAILED; the problem then carries its `orderId`.',
        tags,
        headers: IdempotencyHeaders,
        body: OrderBody,
        response: { 201: Order, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => sendNewOrder(reply, await placeOrder(callerOf(request), request.body, request.headers['idempotency-key'])),
  );

  app.post(
    '/orders',
    {
      schema: {
        operationId: 'holdOrder',
        summary: 'Create an order to be paid later; it holds its stock and coupon meanwhile',
        tags,
        headers: IdempotencyHeaders,
        body: OrderBody,
        response: { 201: Order, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => sendNewOrder(reply, await holdOrder(callerOf(request), request.body, request.headers['idempotency-key'])),
  );

  app.post(
    '/orders/:orderId/pay',
    {
      schema: {
        operationId: 'payOrder',
        summary: 'Pay a held order',
        description: 'Without the balance for it, the attempt is kept as a FAILED payment and the order stays payable until its hold ends.',
        tags,
        headers: IdempotencyHeaders,
        params: OrderParams,
        response: { 200: Order, ...problemResponses(400, 401, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const decided = await payOrder(callerOf(request), request.params.orderId, request.headers['idempotency-key']);
      const { paid, order } = decided.value;
      if (!paid) throw new ReplayableRefusal('INSUFFICIENT_BALANCE', { orderId: order.orderId }, decided.replayed);
      return sendDecided(reply, decided).order;
    },
  );

  app.post(
    '/orders/:orderId/cancel',
    {
      config: { bodyOptional: true },
      schema: {
        operationId: 'cancelOrder',
        summary: 'Cancel an order: money, stock and coupon go back',
        tags,
        headers: IdempotencyHeaders,
        params: OrderParams,
        body: Closed({ reason: Type.Optional(Text({ minLength: 1, maxLength: 500 })) }),
        response: { 200: Order, ...problemResponses(400, 401, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { orderId } = request.params;
      return sendDecided(reply, await cancelOrder(callerOf(request), orderId, request.body.reason, request.headers['idempotency-key']));
    },
  );

  app.get(
    '/orders',
    {
      schema: {
        operationId: 'listOrders',
        summary: 'Orders of the caller, newest first',
        tags,
        querystring: Closed({ userId: Type.Optional(Id), status: Type.Optional(OneOf(orderStatuses)), ...PageQuery }),
        response: { 200: Type.Array(Order), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId, status, limit, cursor } = request.query;
      const subject = subjectOfRequest(request, userId);
      await refuseUnknownSubject(request, users, subject);
      return sendPage(request, reply, await orders.list(subject, status, { limit, cursor }));
    },
  );

  app.get(
    '/orders/:orderId',
    {
      schema: {
        operationId: 'getOrder',
        summary: 'An order with its items, payments and status history',
        tags,
        params: OrderParams,
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

/** A kept but FAILED order is answered as the refusal that it is, with the order's id. */
export function sendNewOrder(reply: FastifyReply, decided: Decided<OrderView>): FastifyReply {
  const { failureReason, orderId } = decided.value;
  if (failureReason) throw new ReplayableRefusal(failureReason, { orderId }, decided.replayed);
  return reply.code(201).header('location', `/orders/${orderId}`).send(sendDecided(reply, decided));
}
