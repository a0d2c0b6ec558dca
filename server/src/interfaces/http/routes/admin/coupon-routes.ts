import { Type } from 'typebox';
import type { AdminCouponQueries } from '../../../../application/admin-ports.ts';
import type { ChangeCoupon, CreateCoupon } from '../../../../application/change-coupon.ts';
import { discountTypes, issuedCouponStatuses } from '../../../../domain/coupon.ts';
import { Refusal } from '../../../../domain/refusal.ts';
import type { App } from '../../app-type.ts';
import { callerOf } from '../../authenticate.ts';
import { sendDecided } from '../../decided.ts';
import { Closed, Defaulted, Id, IdempotencyHeaders, Nullable, OneOf, PageQuery, Time, problemResponses } from '../../fields.ts';
import { languageOf } from '../../language.ts';
import { sendPage } from '../../pages.ts';
import { IfMatchHeaders, expectedVersions, sendVersioned } from '../../versions.ts';
import { IssuedCoupon, issuedFields, termFields } from '../coupon-routes.ts';
import { CouponParams, LocalName, LocalString, Version, adminTag, operator } from './schemas.ts';

const quantityMax = 1_000_000_000;
const amountMax = 1_000_000_000_000;

const Coupon = Type.Object({
  couponId: Id,
  version: Version,
  name: LocalString,
  ...termFields,
  totalQuantity: Type.Integer(),
  issuedQuantity: Type.Integer(),
  remainingQuantity: Type.Integer(),
  startsAt: Time,
  endsAt: Time,
  lifeDays: Type.Integer({ description: 'How long an issued coupon lives.' }),
  createdAt: Time,
  updatedAt: Time,
});

const name = LocalName;
const discountType = OneOf(discountTypes);
const discountValue = Type.Integer({ minimum: 1, maximum: amountMax, description: 'Won for AMOUNT, 1 to 100 for PERCENT.' });
const DiscountMax = Type.Integer({ minimum: 1, maximum: amountMax, description: 'Cap of a PERCENT discount, won.' });
const minimumOrderAmount = Type.Integer({ minimum: 0, maximum: amountMax, description: 'Won.' });
const totalQuantity = Type.Integer({ minimum: 1, maximum: quantityMax });
const lifeDays = { minimum: 1, maximum: 3_650, description: 'How long an issued coupon lives.' };

const CouponBody = Closed({
  name,
  discountType,
  discountValue,
  discountMax: Type.Optional(Nullable(DiscountMax)),
  minimumOrderAmount: Defaulted(Type.Integer({ minimum: 0, maximum: amountMax, default: 0, description: 'Won.' })),
  totalQuantity,
  startsAt: Time,
  endsAt: Time,
  lifeDays: Defaulted(Type.Integer({ ...lifeDays, default: 365 })),
});

const CouponChangeBody = Closed(
  {
    name: Type.Optional(name),
    discountType: Type.Optional(discountType),
    discountValue: Type.Optional(discountValue),
    discountMax: Type.Optional(Nullable(DiscountMax)),
    minimumOrderAmount: Type.Optional(minimumOrderAmount),
    totalQuantity: Type.Optional(totalQuantity),
    startsAt: Type.Optional(Time),
    endsAt: Type.Optional(Time),
    lifeDays: Type.Optional(Type.Integer(lifeDays)),
  },
  { minProperties: 1 },
);

export interface AdminCouponRoutes {
  coupons: AdminCouponQueries;
  createCoupon: CreateCoupon;
  changeCoupon: ChangeCoupon;
}

export function adminCouponRoutes(app: App, { coupons, createCoupon, changeCoupon }: AdminCouponRoutes): void {
  app.get(
    '/admin/coupons',
    {
      config: operator,
      schema: {
        operationId: 'adminListCoupons',
        summary: 'All campaigns, also ended ones, newest first',
        tags: adminTag,
        querystring: Closed(PageQuery),
        response: { 200: Type.Array(Coupon), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => sendPage(request, reply, await coupons.list(request.query)),
  );

  app.post(
    '/admin/coupons',
    {
      config: operator,
      schema: {
        operationId: 'adminCreateCoupon',
        summary: 'Create a campaign',
        tags: adminTag,
        headers: IdempotencyHeaders,
        body: CouponBody,
        response: { 201: Coupon, ...problemResponses(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { startsAt, endsAt, discountMax = null, ...rest } = request.body;
      const terms = { ...rest, discountMax, startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
      const coupon = sendDecided(reply, await createCoupon(callerOf(request), terms, request.headers['idempotency-key']));
      return reply.code(201).header('location', `/admin/coupons/${coupon.couponId}`).header('etag', `"${coupon.version}"`).send(coupon);
    },
  );

  app.get(
    '/admin/coupons/:couponId',
    {
      config: operator,
      schema: {
        operationId: 'adminGetCoupon',
        summary: 'A campaign in both languages, with its version as ETag',
        tags: adminTag,
        params: CouponParams,
        response: { 200: Coupon, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const coupon = await coupons.find(request.params.couponId);
      if (!coupon) throw new Refusal('COUPON_NOT_FOUND');
      return sendVersioned(reply, Promise.resolve(coupon));
    },
  );

  app.patch(
    '/admin/coupons/:couponId',
    {
      config: operator,
      schema: {
        operationId: 'adminChangeCoupon',
        summary: 'Change a campaign; what is left out stays',
        description: 'Discount and minimum are fixed once a coupon is issued. Once a raised quantity is answered, nobody is told that it is sold out any more.',
        tags: adminTag,
        headers: IfMatchHeaders,
        params: CouponParams,
        body: CouponChangeBody,
        response: { 200: Coupon, ...problemResponses(400, 401, 403, 404, 409, 412, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { startsAt, endsAt, ...rest } = request.body;
      const change = { ...rest, ...(startsAt !== undefined && { startsAt: new Date(startsAt) }), ...(endsAt !== undefined && { endsAt: new Date(endsAt) }) };
      const expected = expectedVersions(request.headers['if-match']);
      return sendVersioned(reply, changeCoupon(callerOf(request), request.params.couponId, change, expected));
    },
  );

  app.get(
    '/admin/coupons/:couponId/issued',
    {
      config: operator,
      schema: {
        operationId: 'adminListCouponsOfCampaign',
        summary: 'The issued coupons of a campaign, first come first',
        tags: adminTag,
        params: CouponParams,
        querystring: Closed(PageQuery),
        response: { 200: Type.Array(Type.Object(issuedFields)), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { couponId } = request.params;
      const page = await coupons.listIssued(couponId, request.query);
      if (page.rows.length === 0 && !(await coupons.find(couponId))) throw new Refusal('COUPON_NOT_FOUND');
      return sendPage(request, reply, page);
    },
  );

  app.get(
    '/admin/issued-coupons',
    {
      config: operator,
      schema: {
        operationId: 'adminListIssuedCoupons',
        summary: 'Issued coupons of everybody or of one user, newest first',
        tags: adminTag,
        querystring: Closed({ userId: Type.Optional(Id), status: Type.Optional(OneOf(issuedCouponStatuses)), ...PageQuery }),
        response: { 200: Type.Array(IssuedCoupon), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...filter } = request.query;
      return sendPage(request, reply, await coupons.searchIssued(filter, { limit, cursor }, languageOf(request)));
    },
  );
}
