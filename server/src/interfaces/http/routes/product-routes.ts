import { Type } from 'typebox';
import { type ProductQueries, productSorts, topPositionsMax } from '../../../application/ports.ts';
import { productStatuses } from '../../../domain/product.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { App } from '../app-type.ts';
import { Closed, Defaulted, Id, Money, Nullable, OneOf, PageQuery, Text, Time, problemResponses } from '../fields.ts';
import { languageOf } from '../language.ts';
import { sendPage } from '../pages.ts';
import { sendShared } from '../shared-answers.ts';

const productFields = {
  productId: Id,
  name: Type.String(),
  price: Type.Integer({ description: 'Base price, won.' }),
  stock: Type.Integer({ description: 'Live: the sum over the variants.' }),
  category: Type.String(),
  status: OneOf(productStatuses),
  imageUrl: Nullable(Type.String()),
};

const Product = Type.Object(productFields);

const ProductDetail = Type.Object({
  ...productFields,
  description: Type.String(),
  images: Type.Array(Type.Object({ url: Type.String(), isMain: Type.Boolean(), position: Type.Integer() })),
  options: Type.Array(Type.Object({ name: Type.String(), values: Type.Array(Type.String()) })),
  variants: Type.Array(
    Type.Object({
      variantId: Id,
      name: Type.String({ description: 'The option values, such as "Red / L"; empty where the product has no options.' }),
      options: Type.Array(Type.Object({ name: Type.String(), value: Type.String() })),
      additionalPrice: Money,
      price: Type.Integer({ description: 'Final price, won.' }),
      stock: Type.Integer({ description: 'Live.' }),
    }),
  ),
  createdAt: Time,
});

const TopProduct = Type.Object({
  productId: Id,
  name: Type.String(),
  price: Money,
  totalSales: Type.Integer({ description: 'Units paid and not cancelled.' }),
});

/** Anyone may browse. Only products ON_SALE are shown. */
export function productRoutes(app: App, products: ProductQueries): void {
  app.get(
    '/products',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listProducts',
        summary: 'Products on sale, with live stock',
        tags: ['catalog'],
        security: [],
        querystring: Closed({
          search: Type.Optional(Text({ minLength: 1, maxLength: 100, description: 'Part of the name, in Korean or English.' })),
          category: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,50}$' })),
          sort: Defaulted(Type.Enum([...productSorts], { default: 'newest' })),
          ...PageQuery,
        }),
        response: { 200: Type.Array(Product), ...problemResponses(400, 503) },
      },
    },
    async (request, reply) => {
      const { search, category, sort, limit, cursor } = request.query;
      const page = await products.list({ search, category, sort }, { limit, cursor }, languageOf(request));
      return sendShared(reply, sendPage(request, reply, page));
    },
  );

  app.get(
    '/products/top',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listTopProducts',
        summary: 'The products most sold, in units',
        description: 'Up to about a second ago, or, by a setting of the server, as of the last midnight.',
        tags: ['catalog'],
        security: [],
        querystring: Closed({
          days: Defaulted(Type.Integer({ minimum: 1, maximum: 30, default: 3, description: 'Window, in days, to whole hours.' })),
          limit: Defaulted(Type.Integer({ minimum: 1, maximum: topPositionsMax, default: 5 })),
        }),
        response: { 200: Type.Array(TopProduct), ...problemResponses(400, 503) },
      },
    },
    async (request, reply) => sendShared(reply, await products.top(request.query.days, request.query.limit, languageOf(request))),
  );

  app.get(
    '/products/:productId',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getProduct',
        summary: 'A product with its images, options and variants',
        tags: ['catalog'],
        security: [],
        params: Type.Object({ productId: Id }),
        response: { 200: ProductDetail, ...problemResponses(400, 404, 503) },
      },
    },
    async (request, reply) => {
      const product = await products.find(request.params.productId, languageOf(request));
      if (!product) throw new Refusal('PRODUCT_NOT_FOUND');
      return sendShared(reply, product);
    },
  );
}
