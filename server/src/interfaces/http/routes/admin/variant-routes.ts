import { Type } from 'typebox';
import type { AdminProductQueries } from '../../../../application/admin-ports.ts';
import type { AddVariant, ChangeVariant } from '../../../../application/change-variant.ts';
import type { AdjustStock } from '../../../../application/correct-books.ts';
import { stockMax } from '../../../../domain/product.ts';
import { Refusal } from '../../../../domain/refusal.ts';
import type { App } from '../../app-type.ts';
import { callerOf } from '../../authenticate.ts';
import { sendDecided } from '../../decided.ts';
import { Closed, Id, IdempotencyHeaders, Nullable, OneOf, PageQuery, Time, problemResponses } from '../../fields.ts';
import { sendPage } from '../../pages.ts';
import { IfMatchHeaders, expectedVersions, sendVersioned } from '../../versions.ts';
import { AdditionalPrice, FirstStock, variantFields } from './product-routes.ts';
import { LocalName, ProductParams, Reason, VariantParams, Version, adminTag, operator } from './schemas.ts';

const Variant = Type.Object({ ...variantFields, productId: Id, version: Version });

const VariantBody = Closed({
  optionValues: Type.Array(Type.Union([Type.Integer({ minimum: 0, maximum: 999 }), LocalName]), {
    maxItems: 5,
    description: 'For each option of the product, in order: the index of a value that it has, or the text of a new one.',
  }),
  additionalPrice: AdditionalPrice,
  stock: FirstStock,
});

const StockBody = Closed({
  delta: Type.Integer({ minimum: -stockMax, maximum: stockMax, not: { const: 0 }, description: 'Units, signed: what is added; not 0.' }),
  reason: Reason,
});

const StockMovement = Type.Object({
  movementId: Id,
  variantId: Id,
  type: OneOf(['SALE', 'RELEASE', 'CANCEL', 'ADJUST']),
  quantity: Type.Integer({ description: 'Signed: what was added to the stock.' }),
  stockBefore: Type.Integer(),
  stockAfter: Type.Integer(),
  orderId: Nullable(Id),
  operatorId: Nullable(Id),
  reason: Nullable(Type.String()),
  createdAt: Time,
});

export interface AdminVariantRoutes {
  products: AdminProductQueries;
  addVariant: AddVariant;
  changeVariant: ChangeVariant;
  adjustStock: AdjustStock;
}

export function adminVariantRoutes(app: App, { products, addVariant, changeVariant, adjustStock }: AdminVariantRoutes): void {
  app.post(
    '/admin/products/:productId/variants',
    {
      config: operator,
      schema: {
        operationId: 'adminAddVariant',
        summary: 'Add a combination to a product, with its first stock',
        tags: adminTag,
        headers: IdempotencyHeaders,
        params: ProductParams,
        body: VariantBody,
        response: { 201: Variant, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { productId } = request.params;
      const variant = sendDecided(reply, await addVariant(callerOf(request), productId, request.body, request.headers['idempotency-key']));
      return reply.code(201).header('location', `/admin/products/${productId}`).header('etag', `"${variant.version}"`).send(variant);
    },
  );

  app.patch(
    '/admin/variants/:variantId',
    {
      config: operator,
      schema: {
        operationId: 'adminChangeVariant',
        summary: 'Change what a variant costs more or less than its product',
        description: 'The terms of a variant are part of its product: version and ETag are those of the product.',
        tags: adminTag,
        headers: IfMatchHeaders,
        params: VariantParams,
        body: Closed({ additionalPrice: AdditionalPrice }),
        response: { 200: Variant, ...problemResponses(400, 401, 403, 404, 412, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const expected = expectedVersions(request.headers['if-match']);
      return sendVersioned(reply, changeVariant(callerOf(request), request.params.variantId, request.body.additionalPrice, expected));
    },
  );

  app.post(
    '/admin/variants/:variantId/stock',
    {
      config: operator,
      schema: {
        operationId: 'adminAdjustStock',
        summary: 'Add units to the stock of a variant, or take some away',
        tags: adminTag,
        headers: IdempotencyHeaders,
        params: VariantParams,
        body: StockBody,
        response: {
          200: Type.Object({ variantId: Id, stock: Type.Integer() }),
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { delta: amount, reason } = request.body;
      return sendDecided(
        reply,
        await adjustStock(callerOf(request), request.params.variantId, { amount, reason }, request.headers['idempotency-key']),
      );
    },
  );

  app.get(
    '/admin/variants/:variantId/movements',
    {
      config: operator,
      schema: {
        operationId: 'adminListStockMovements',
        summary: 'The stock history of a variant, newest first',
        tags: adminTag,
        params: VariantParams,
        querystring: Closed(PageQuery),
        response: { 200: Type.Array(StockMovement), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { variantId } = request.params;
      const page = await products.listMovements(variantId, request.query);
      if (page.rows.length === 0 && (await products.findProductOf(variantId)) === undefined) throw new Refusal('VARIANT_NOT_FOUND');
      return sendPage(request, reply, page);
    },
  );
}
