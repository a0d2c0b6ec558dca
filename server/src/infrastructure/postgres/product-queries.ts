import { sql } from 'kysely';
import type { ProductQueries, ProductSort, TopProducts } from '../../application/ports.ts';
import type { Language, ProductView, VariantView } from '../../application/views.ts';
import type { ProductStatus } from '../../domain/product.ts';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';
import type { Database, Db } from './database.ts';
import { variantName } from './order-queries.ts';
import { type VersionedDetail, productDetails } from './product-details.ts';
import { containing } from './search-pattern.ts';

export function productQueries({ db, pool }: Pick<Database, 'db' | 'pool'>, top: TopProducts): ProductQueries {
  /** Stock is summed over the variants by the same statement that reads the product: it is never older than the answer. */
  const products = (language: Language) =>
    db
      .selectFrom('products as p')
      .where('p.status', '=', 'ON_SALE')
      .select((select) => [
        'p.id',
        'p.category',
        'p.base_price',
        'p.status',
        'p.created_at',
        'p.version',
        select.ref(`p.name_${language}`).as('name'),
        select.ref(`p.description_${language}`).as('description'),
        select
          .selectFrom('variants as v')
          .select(sql<number>`coalesce(sum(v.stock), 0)::bigint`.as('stock'))
          .whereRef('v.product_id', '=', 'p.id')
          .as('stock'),
        select
          .selectFrom('product_images as i')
          .select('i.url')
          .whereRef('i.product_id', '=', 'p.id')
          .where('i.is_main', '=', true)
          .as('image_url'),
      ]);

  /** The version is read first: what is read with it is of that version or a later one. */
  async function readDetail(productId: string, language: Language): Promise<VersionedDetail | undefined> {
    const row = await products(language).where('p.id', '=', productId).executeTakeFirst();
    if (!row) return undefined;
    const [images, options, variants] = await Promise.all([
      db
        .selectFrom('product_images')
        .select(['url', 'is_main as isMain', 'position'])
        .where('product_id', '=', productId)
        .orderBy('position')
        .execute(),
      findOptions(db, productId, language),
      findVariants(db, productId, language),
    ]);
    const { description, version, created_at: createdAt } = row;
    return { version, detail: { ...productView(row), description, createdAt: createdAt.toISOString(), images, options, variants } };
  }

  return {
    async list({ search, category, sort }, { limit, cursor }, language) {
      const { key, direction } = sorts(language)[sort];
      const kind = `products ${sort} ${language}`;
      let query = products(language).limit(limit + 1);
      if (search !== undefined) {
        const pattern = containing(search);
        query = query.where((where) => where.or([where('p.name_ko', 'ilike', pattern), where('p.name_en', 'ilike', pattern)]));
      }
      if (category !== undefined) query = query.where('p.category', '=', category);
      if (cursor !== undefined) {
        const [value, id] = decodeCursor(kind, cursor, [key.type, 'uuid']);
        const after = sql.raw(direction === 'asc' ? '>' : '<');
        query = query.where(sql<boolean>`(${sql.ref(key.column)}, p.id) ${after} (${value}, ${id})`);
      }
      const rows = await query.orderBy(sql.ref(key.column), direction).orderBy('p.id', direction).execute();
      return pageOf(rows, limit, productView, (row) => encodeCursor(kind, [row[key.field], row.id]));
    },

    find: productDetails(pool, readDetail),

    top,
  };
}

interface SortKey {
  key: { column: string; field: 'id' | 'base_price' | 'name'; type: 'uuid' | 'number' | 'string' };
  direction: 'asc' | 'desc';
}

/** Every sort ends with the id, so that pages neither repeat nor miss a product. Ids grow with time. */
function sorts(language: Language): Record<ProductSort, SortKey> {
  const price = { column: 'p.base_price', field: 'base_price', type: 'number' } as const;
  return {
    newest: { key: { column: 'p.id', field: 'id', type: 'uuid' }, direction: 'desc' },
    price: { key: price, direction: 'asc' },
    '-price': { key: price, direction: 'desc' },
    name: { key: { column: `p.name_${language}`, field: 'name', type: 'string' }, direction: 'asc' },
  };
}

interface ProductRow {
  id: string;
  category: string;
  base_price: number;
  status: ProductStatus;
  name: string;
  stock: number | null;
  image_url: string | null;
}

function productView(row: ProductRow): ProductView {
  return {
    productId: row.id,
    name: row.name,
    price: row.base_price,
    stock: row.stock ?? 0,
    category: row.category,
    status: row.status,
    imageUrl: row.image_url,
  };
}

/** The options by name, each with its values, in the order in which the shop lists them. */
async function findOptions(db: Db, productId: string, language: Language): Promise<{ name: string; values: string[] }[]> {
  const rows = await db
    .selectFrom('product_options as o')
    .select((select) => [select.ref(`o.name_${language}`).as('name'), select.ref(`o.value_${language}`).as('value')])
    .where('o.product_id', '=', productId)
    .orderBy('o.position')
    .execute();
  return [...Map.groupBy(rows, ({ name }) => name)].map(([name, values]) => ({ name, values: values.map(({ value }) => value) }));
}

async function findVariants(db: Db, productId: string, language: Language): Promise<VariantView[]> {
  const nameColumn = sql.ref(`o.name_${language}`);
  const valueColumn = sql.ref(`o.value_${language}`);
  return db
    .selectFrom('variants as v')
    .select([
      'v.id as variantId',
      variantName(language).as('name'),
      'v.additional_price as additionalPrice',
      'v.price',
      'v.stock',
      sql<{ name: string; value: string }[]>`coalesce((
        SELECT json_agg(json_build_object('name', ${nameColumn}, 'value', ${valueColumn}) ORDER BY o.position)
        FROM variant_options vo JOIN product_options o ON o.id = vo.option_id
        WHERE vo.variant_id = v.id), '[]')`.as('options'),
    ])
    .where('v.product_id', '=', productId)
    .orderBy('v.id')
    .execute();
}
