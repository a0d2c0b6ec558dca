import { Type } from 'typebox';
import type { AdminOrderQueries } from '../../../../application/admin-ports.ts';
import type { OrderQueries } from '../../../../application/ports.ts';
import type { CancelOrder, MoveDelivery } from '../../../../application/settle-order.ts';
import { deliveryStatuses, orderStatuses } from '../../../../domain/order.ts';
import { Refusal } from '../../../../domain/refusal.ts';
import type { App } from '../../app-type.ts';
import { callerOf } from '../../authenticate.ts';
import { sendDecided } from '../../decided.ts';
import { Closed, Id, IdempotencyHeaders, OneOf, PageQuery, problemResponses } from '../../fields.ts';
import { languageOf } from '../../language.ts';
import { sendPage } from '../../pages.ts';
import { Order, OrderDetail } from '../order-schemas.ts';
import { OrderParams, PeriodQuery, Reason, adminTag, operator, periodOf } from './schemas.ts';

export interface AdminOrderRoutes {
  orderSearch: AdminOrderQueries;
  orders: OrderQueries;
  moveDelivery: MoveDelivery;
  cancelAsOperator: CancelOrder;
}

export function adminOrderRoutes(app: App, { orderSearch, orders, moveDelivery, cancelAsOperator }: AdminOrderRoutes): void {
  app.get(
    '/admin/orders',
    {
      config: operator,
      schema: {
        operationId: 'adminListOrders',
        summary: 'Orders of everybody by the time of their creation, newest first',
        description: 'A cancelled order keeps the delivery status that it had: what is still to be delivered has `status=SUCCESS` too.',
        tags: adminTag,
        querystring: Closed({
          userId: Type.Optional(Id),
          status: Type.Optional(OneOf(orderStatuses)),
          deliveryStatus: Type.Optional(OneOf(deliveryStatuses)),
          ...PeriodQuery,
          ...PageQuery,
        }),
        response: { 200: Type.Array(Order), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, from: _from, to: _to, ...filter } = request.query;
      return sendPage(request, reply, await orderSearch.search({ ...filter, ...periodOf(request.query) }, { limit, cursor }));
    },
  );

  app.get(
    '/admin/orders/:orderId',
    {
      config: operator,
      schema: {
        operationId: 'adminGetOrder',
        summary: 'An order with its items, payments and status history',
        tags: adminTag,
        params: OrderParams,
        response: { 200: OrderDetail, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const order = await orders.find(request.params.orderId, languageOf(request));
      if (!order) throw new Refusal('ORDER_NOT_FOUND');
      return order;
    },
  );

  app.post(
    '/admin/orders/:orderId/delivery',
    {
      config: operator,
      schema: {
        operationId: 'adminMoveDelivery',
        summary: 'Move a delivery on: PREPARING, SHIPPING, DELIVERED',
        tags: adminTag,
        headers: IdempotencyHeaders,
        params: OrderParams,
        body: Closed({ deliveryStatus: OneOf(deliveryStatuses) }),
        response: { 200: Order, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { deliveryStatus } = request.body;
      const { orderId } = request.params;
      return sendDecided(reply, await moveDelivery(callerOf(request), orderId, deliveryStatus, request.headers['idempotency-key']));
    },
  );

  app.post(
    '/admin/orders/:orderId/cancel',
    {
      config: operator,
      schema: {
        operationId: 'adminCancelOrder',
        summary: 'Cancel an order any time before it is delivered: money, stock and coupon go back',
        tags: adminTag,
        headers: IdempotencyHeaders,
        params: OrderParams,
        body: Closed({ reason: Reason }),
        response: { 200: Order, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { orderId } = request.params;
      return sendDecided(reply, await cancelAsOperator(callerOf(request), orderId, request.body.reason, request.headers['idempotency-key']));
    },
  );
}
