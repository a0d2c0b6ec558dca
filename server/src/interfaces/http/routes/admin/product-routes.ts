import { Type } from 'typebox';
import type { AdminProductQueries } from '../../../../application/admin-ports.ts';
import type { ChangeProduct, CreateProduct } from '../../../../application/change-product.ts';
import { variantsMax } from '../../../../domain/catalog-variant.ts';
import { priceMax } from '../../../../domain/money.ts';
import { productStatuses, stockMax } from '../../../../domain/product.ts';
import { Refusal } from '../../../../domain/refusal.ts';
import type { App } from '../../app-type.ts';
import { callerOf } from '../../authenticate.ts';
import { sendDecided } from '../../decided.ts';
import { Closed, Defaulted, Id, IdempotencyHeaders, Money, MultilineText, Nullable, OneOf, PageQuery, Time, problemResponses } from '../../fields.ts';
import { sendPage } from '../../pages.ts';
import { IfMatchHeaders, expectedVersions, sendVersioned } from '../../versions.ts';
import { Category, LocalName, LocalString, ProductParams, Search, Version, adminTag, operator } from './schemas.ts';

const optionsMax = 5;
const valuesMax = 100;
const imagesMax = 20;

const summaryFields = {
  productId: Id,
  version: Version,
  category: Type.String(),
  name: LocalString,
  basePrice: Money,
  status: OneOf(productStatuses),
  stock: Type.Integer({ description: 'Live: the sum over the variants.' }),
  createdAt: Time,
  updatedAt: Time,
};

const ProductSummary = Type.Object({ ...summaryFields, imageUrl: Nullable(Type.String()) });

export const variantFields = {
  variantId: Id,
  optionValues: Type.Array(Type.Integer(), { description: 'For each option of the product, in order, the index of its value.' }),
  additionalPrice: Money,
  price: Type.Integer({ description: 'Final price, won.' }),
  stock: Type.Integer({ description: 'Live.' }),
};

const Product = Type.Object({
  ...summaryFields,
  description: LocalString,
  images: Type.Array(Type.Object({ url: Type.String(), isMain: Type.Boolean() })),
  options: Type.Array(Type.Object({ name: LocalString, values: Type.Array(LocalString) })),
  variants: Type.Array(Type.Object(variantFields)),
});

const description = MultilineText({ minLength: 0, maxLength: 10_000 });
const Image = Closed({
  url: Type.String({ pattern: '^(https?://|/(?!/))[\\x21-\\x7e]+$', maxLength: 2_000, description: 'Or a path on this server.' }),
  isMain: Defaulted(Type.Boolean({ default: false, description: 'The first is the main one where none is said to be.' })),
});

const describedFields = {
  name: LocalName,
  description: Closed({ ko: description, en: description }),
  category: Category,
  basePrice: Type.Integer({ minimum: 1, maximum: priceMax, description: 'Won; a multiple of the price step.' }),
  status: OneOf(productStatuses),
  images: Type.Array(Image, { maxItems: imagesMax }),
};

export const AdditionalPrice = Type.Integer({ minimum: -priceMax, maximum: priceMax, description: 'Won, added to the base price.' });
export const FirstStock = Type.Integer({ minimum: 0, maximum: stockMax });

const ProductBody = Closed({
  ...describedFields,
  options: Type.Array(Closed({ name: LocalName, values: Type.Array(LocalName, { minItems: 1, maxItems: valuesMax }) }), { maxItems: optionsMax }),
  variants: Type.Array(
    Closed({
      optionValues: Type.Array(Type.Integer({ minimum: 0, maximum: valuesMax - 1 }), { maxItems: optionsMax }),
      additionalPrice: AdditionalPrice,
      stock: FirstStock,
    }),
    { minItems: 1, maxItems: variantsMax },
  ),
});

const { name, description: texts, category, basePrice, status, images } = describedFields;
const ProductChangeBody = Closed(
  {
    name: Type.Optional(name),
    description: Type.Optional(texts),
    category: Type.Optional(category),
    basePrice: Type.Optional(basePrice),
    status: Type.Optional(status),
    images: Type.Optional(images),
  },
  { minProperties: 1 },
);

export interface AdminProductRoutes {
  products: AdminProductQueries;
  createProduct: CreateProduct;
  changeProduct: ChangeProduct;
}

export function adminProductRoutes(app: App, { products, createProduct, changeProduct }: AdminProductRoutes): void {
  app.get(
    '/admin/products',
    {
      config: operator,
      schema: {
        operationId: 'adminListProducts',
        summary: 'Products of every status, newest first',
        tags: adminTag,
        querystring: Closed({
          search: Type.Optional(Search),
          category: Type.Optional(Category),
          status: Type.Optional(OneOf(productStatuses)),
          ...PageQuery,
        }),
        response: { 200: Type.Array(ProductSummary), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...filter } = request.query;
      return sendPage(request, reply, await products.list(filter, { limit, cursor }));
    },
  );

  app.post(
    '/admin/products',
    {
      config: operator,
      schema: {
        operationId: 'adminCreateProduct',
        summary: 'Create a product with its options, variants and first stock',
        description: 'Without options there is exactly one variant, whose optionValues are empty.',
        tags: adminTag,
        headers: IdempotencyHeaders,
        body: ProductBody,
        response: { 201: Product, ...problemResponses(400, 401, 403, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const product = sendDecided(reply, await createProduct(callerOf(request), request.body, request.headers['idempotency-key']));
      return reply.code(201).header('location', `/admin/products/${product.productId}`).header('etag', `"${product.version}"`).send(product);
    },
  );

  app.get(
    '/admin/products/:productId',
    {
      config: operator,
      schema: {
        operationId: 'adminGetProduct',
        summary: 'A product in both languages, with its version as ETag',
        tags: adminTag,
        params: ProductParams,
        response: { 200: Product, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const product = await products.find(request.params.productId);
      if (!product) throw new Refusal('PRODUCT_NOT_FOUND');
      return sendVersioned(reply, Promise.resolve(product));
    },
  );

  app.patch(
    '/admin/products/:productId',
    {
      config: operator,
      schema: {
        operationId: 'adminChangeProduct',
        summary: 'Change a product; what is left out stays',
        description: 'A new base price moves the final price of every variant. Once a suspension is answered, no order of the product succeeds.',
        tags: adminTag,
        headers: IfMatchHeaders,
        params: ProductParams,
        body: ProductChangeBody,
        response: { 200: Product, ...problemResponses(400, 401, 403, 404, 412, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const expected = expectedVersions(request.headers['if-match']);
      return sendVersioned(reply, changeProduct(callerOf(request), request.params.productId, request.body, expected));
    },
  );
}
