import { Type } from 'typebox';
import type { CartChanged, ChangeCart } from '../../../application/change-cart.ts';
import type { OrderCart } from '../../../application/place-order.ts';
import type { CartQueries } from '../../../application/ports.ts';
import type { CartView } from '../../../application/views.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { orderVariantsMax } from '../../../domain/order-lines.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app-type.ts';
import { callerOf, subjectOfRequest } from '../authenticate.ts';
import { Closed, Id, IdempotencyHeaders, Money, Nullable, problemResponses } from '../fields.ts';
import { sendDecided } from '../decided.ts';
import { languageOf } from '../language.ts';
import { sendNewOrder } from './order-routes.ts';
import { OptionalCouponId, OptionalVariantId, Order, Quantity } from './order-schemas.ts';

const Cart = Type.Object({
  userId: Id,
  items: Type.Array(
    Type.Object({
      cartItemId: Id,
      productId: Id,
      variantId: Id,
      productName: Type.String(),
      variantName: Type.String(),
      imageUrl: Nullable(Type.String()),
      quantity: Type.Integer(),
      price: Type.Integer({ description: 'Of one unit, live, won.' }),
      linePrice: Money,
      stock: Type.Integer({ description: 'Live.' }),
      orderable: Type.Boolean({ description: 'Whether it could be ordered now: on sale, and enough in stock.' }),
    }),
  ),
  itemsPrice: Type.Integer({ description: 'What the orderable items cost, won.' }),
});

const referenceFields = { userId: Type.Optional(Id), cartItemId: Type.Optional(Id), productId: Type.Optional(Id), variantId: Type.Optional(Id) };
const tags = ['cart'];

export interface CartRoutes {
  changeCart: ChangeCart;
  orderCart: OrderCart;
  carts: CartQueries;
}

export function cartRoutes(app: App, { changeCart, orderCart, carts }: CartRoutes): void {
  /** Every change answers with the cart as it stands. */
  async function cartOf(request: FastifyRequest, userId: string): Promise<CartView> {
    const cart = await carts.find(userId, languageOf(request));
    if (!cart) throw new Refusal('USER_NOT_FOUND');
    return cart;
  }
  async function changed(request: FastifyRequest, reply: FastifyReply, { userId, replayed }: CartChanged): Promise<CartView> {
    return cartOf(request, sendDecided(reply, { value: userId, replayed }));
  }

  app.get(
    '/cart',
    {
      schema: {
        operationId: 'getCart',
        summary: 'The cart, with live prices and stock',
        tags,
        querystring: Closed({ userId: Type.Optional(Id) }),
        response: { 200: Cart, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => cartOf(request, subjectOfRequest(request, request.query.userId)),
  );

  app.post(
    '/cart/add',
    {
      schema: {
        operationId: 'addToCart',
        summary: 'Put units of a variant in the cart; more of one that is there adds up',
        tags,
        headers: IdempotencyHeaders,
        body: Closed({ userId: Type.Optional(Id), productId: Id, variantId: OptionalVariantId, quantity: Quantity }),
        response: { 200: Cart, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => changed(request, reply, await changeCart.add(callerOf(request), request.body, request.headers['idempotency-key'])),
  );

  app.delete(
    '/cart/remove',
    {
      config: { bodyOptional: true },
      schema: {
        operationId: 'removeFromCart',
        summary: 'Take an item out: by cartItemId, or by productId and, where it has several, variantId',
        tags,
        querystring: Closed(referenceFields),
        body: Closed(referenceFields),
        response: { 200: Cart, ...problemResponses(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const reference = { ...request.query, ...request.body };
      if (reference.cartItemId === undefined && reference.productId === undefined) throw new Refusal('VALIDATION_FAILED', { field: 'cartItemId' });
      return changed(request, reply, await changeCart.remove(callerOf(request), reference));
    },
  );

  app.patch(
    '/cart/items/:cartItemId',
    {
      schema: {
        operationId: 'changeCartItem',
        summary: 'Set the quantity of an item',
        tags,
        params: Type.Object({ cartItemId: Id }),
        body: Closed({ userId: Type.Optional(Id), quantity: Quantity }),
        response: { 200: Cart, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) =>
      changed(request, reply, await changeCart.setQuantity(callerOf(request), { ...request.body, cartItemId: request.params.cartItemId })),
  );

  app.post(
    '/cart/order',
    {
      config: { bodyOptional: true },
      schema: {
        operationId: 'orderCart',
        summary: 'Order and pay what is in the cart, all or the chosen items',
        description: 'The ordered items leave the cart in the same transaction; a FAILED order leaves it as it was.',
        tags: ['cart', 'order'],
        headers: IdempotencyHeaders,
        body: Closed({
          userId: Type.Optional(Id),
          cartItemIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: orderVariantsMax })),
          couponId: OptionalCouponId,
        }),
        response: { 201: Order, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => sendNewOrder(reply, await orderCart(callerOf(request), request.body, request.headers['idempotency-key'])),
  );
}
