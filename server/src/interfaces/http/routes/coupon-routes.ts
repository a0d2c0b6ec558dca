import { Type } from 'typebox';
import type { IssueCoupon } from '../../../application/issue-coupon.ts';
import type { CouponQueries, UserStore } from '../../../application/ports.ts';
import { discountTypes, issuedCouponStatuses } from '../../../domain/coupon.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { App } from '../app-type.ts';
import { callerOf, refuseUnknownSubject, subjectOfRequest } from '../authenticate.ts';
import { Closed, Id, IdempotencyHeaders, Money, Nullable, OneOf, PageQuery, Time, problemResponses } from '../fields.ts';
import { sendDecided } from '../decided.ts';
import { languageOf } from '../language.ts';
import { sendPage } from '../pages.ts';

export const termFields = {
  discountType: OneOf(discountTypes),
  discountValue: Type.Integer({ description: 'Won for AMOUNT, 1 to 100 for PERCENT.' }),
  discountMax: Nullable(Type.Integer({ description: 'Cap of a PERCENT discount, won.' })),
  minimumOrderAmount: Money,
};

const Coupon = Type.Object({
  couponId: Id,
  name: Type.String(),
  ...termFields,
  totalQuantity: Type.Integer(),
  issuedQuantity: Type.Integer(),
  remainingQuantity: Type.Integer({ description: 'Live.' }),
  startsAt: Time,
  endsAt: Time,
  lifeDays: Type.Integer({ description: 'How long an issued coupon lives.' }),
});

export const issuedFields = {
  issuedCouponId: Id,
  couponId: Id,
  userId: Id,
  sequence: Type.Integer({ description: "The buyer's place: the 37th of 100." }),
  status: OneOf(issuedCouponStatuses),
  issuedAt: Time,
  expiresAt: Time,
};

export const IssuedCoupon = Type.Object({ ...issuedFields, ...termFields, name: Type.String(), usedAt: Nullable(Time), orderId: Nullable(Id) });

export interface CouponRoutes {
  issueCoupon: IssueCoupon;
  coupons: CouponQueries;
  users: UserStore;
}

export function couponRoutes(app: App, { issueCoupon, coupons, users }: CouponRoutes): void {
  const tags = ['coupon'];
  app.get(
    '/coupons',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listCoupons',
        summary: 'Campaigns that have not ended, with their live remaining quantity, the next to end first',
        tags,
        security: [],
        querystring: Closed(PageQuery),
        response: { 200: Type.Array(Coupon), ...problemResponses(400, 503) },
      },
    },
    async (request, reply) => sendPage(request, reply, await coupons.listOpen(request.query, languageOf(request))),
  );

  app.get(
    '/coupons/issued',
    {
      schema: {
        operationId: 'listIssuedCoupons',
        summary: 'Coupons issued to the caller, newest first',
        tags,
        querystring: Closed({ userId: Type.Optional(Id), status: Type.Optional(OneOf(issuedCouponStatuses)), ...PageQuery }),
        response: { 200: Type.Array(IssuedCoupon), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId, status, limit, cursor } = request.query;
      const subject = subjectOfRequest(request, userId);
      await refuseUnknownSubject(request, users, subject);
      return sendPage(request, reply, await coupons.listIssued(subject, status, { limit, cursor }, languageOf(request)));
    },
  );

  app.get(
    '/coupons/:couponId',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getCoupon',
        summary: 'A campaign',
        tags,
        security: [],
        params: Type.Object({ couponId: Id }),
        response: { 200: Coupon, ...problemResponses(400, 404, 503) },
      },
    },
    async (request) => {
      const coupon = await coupons.find(request.params.couponId, languageOf(request));
      if (!coupon) throw new Refusal('COUPON_NOT_FOUND');
      return coupon;
    },
  );

  app.post(
    '/coupons/:couponId/issue',
    {
      config: { bodyOptional: true },
      schema: {
        operationId: 'issueCoupon',
        summary: 'Claim a coupon, first come, first served',
        tags,
        headers: IdempotencyHeaders,
        params: Type.Object({ couponId: Id }),
        body: Closed({ userId: Type.Optional(Id) }),
        response: { 201: Type.Object(issuedFields), ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const command = { couponId: request.params.couponId, userId: request.body.userId };
      const decided = await issueCoupon(callerOf(request), command, request.headers['idempotency-key']);
      return reply.code(201).send(sendDecided(reply, decided));
    },
  );
}
