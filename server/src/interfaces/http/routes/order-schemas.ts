import { Type } from 'typebox';
import { deliveryStatuses, orderStatuses } from '../../../domain/order.ts';
import { itemQuantityMax } from '../../../domain/order-lines.ts';
import { orderFailureReasons } from '../../../domain/refusal.ts';
import { Closed, Id, Money, Nullable, OneOf, Time } from '../fields.ts';

/** Lines as sent; repeated lines of one variant are merged, so there may be more of them than an order has variants. */
const orderLinesMax = 1_000;

export const Quantity = Type.Integer({ minimum: 1, maximum: itemQuantityMax });
export const OptionalVariantId = Type.Optional(Type.String({ format: 'uuid', description: "May be left out for a product's only variant." }));
export const OptionalCouponId = Type.Optional(Type.String({ format: 'uuid', description: "The issued coupon's id." }));

export const OrderBody = Closed({
  userId: Type.Optional(Id),
  items: Type.Array(Closed({ productId: Id, variantId: OptionalVariantId, quantity: Quantity }), { minItems: 1, maxItems: orderLinesMax }),
  couponId: OptionalCouponId,
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
  issuedCouponId: Nullable(Id),
  createdAt: Time,
  paidAt: Nullable(Time),
  holdExpiresAt: Nullable(Type.String({ format: 'date-time', description: 'Until when an unpaid order holds its stock and coupon.' })),
  cancelledAt: Nullable(Time),
};

export const Order = Type.Object({ ...orderFields, items: Type.Array(Type.Object(itemFields)) });

export const OrderDetail = Type.Object({
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
