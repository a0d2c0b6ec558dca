import type { Pool, PoolClient } from 'pg';
import { StoreConflict } from '../../application/ports.ts';
import type { Product } from '../../domain/catalog.ts';
import type { LocalText } from '../../domain/local-text.ts';
import type { ProductOption } from '../../domain/product-options.ts';
import type { Statements } from './packet.ts';
import type { RecordTables } from './record-store.ts';

export const productTables: RecordTables<Product> = {
  /**
   * The variants come before the product in the global lock order: a change of its status writes them too, and whoever does that must
   * hold all of them first.
   *
   * Operators queue for a product before any of its rows: a variant that one of them adds would otherwise be missed by those who
   * already wait for the others, and many at once would only send each other back to the beginning.
   */
  async lock(client, productId) {
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('product ' || $1, 0))`, [productId]);
    const locked = await client.query<{ id: string }>('SELECT id FROM variants WHERE product_id = $1 ORDER BY id FOR NO KEY UPDATE', [productId]);
    await client.query('SELECT FROM products WHERE id = $1 FOR NO KEY UPDATE', [productId]);
    const product = await findProduct(client, productId);
    const held = new Set(locked.rows.map(({ id }) => id));
    // One that was added all the same, past the queue, is not locked, and its turn would be before the product's: begin again.
    if (product?.variants.some(({ variantId }) => !held.has(variantId))) throw new StoreConflict(`a variant was added to product ${productId}`);
    return product;
  },

  save(statements, before, after) {
    const isNew = (id: string) => !before?.variants.some(({ variantId }) => variantId === id);
    const priced = after.variants.filter((variant) => {
      const old = before?.variants.find(({ variantId }) => variantId === variant.variantId);
      return old && (old.price !== variant.price || old.additionalPrice !== variant.additionalPrice);
    });
    return [
      before ? updateProduct(statements, after) : insertRows(statements, 'products', [productRow(after)]),
      ...(before && before.images !== after.images ? [statements.query('DELETE FROM product_images WHERE product_id = $1', [after.productId])] : []),
      ...(before?.images === after.images ? [] : [insertRows(statements, 'product_images', imageRows(after))]),
      ...(before?.options === after.options ? [] : [saveOptions(statements, after)]),
      ...insertVariants(statements, after, (variantId) => isNew(variantId)),
      ...(priced.length > 0 ? [updatePrices(statements, priced)] : []),
    ];
  },
};

interface ProductRow extends Omit<Product, 'options' | 'variants'> {
  values: { optionId: string; name: LocalText; value: LocalText }[];
  variants: { variantId: string; optionIds: string[]; additionalPrice: number; price: number; stock: number }[];
}

/** The product with everything that belongs to it, in one statement and so as of one moment. */
export async function findProduct(client: Pool | PoolClient, productId: string): Promise<Product | undefined> {
  const text = `
    SELECT p.id AS "productId", p.version, p.category, json_build_object('ko', p.name_ko, 'en', p.name_en) AS name,
           json_build_object('ko', p.description_ko, 'en', p.description_en) AS description,
           p.base_price AS "basePrice", p.status, p.created_at AS "createdAt", p.updated_at AS "updatedAt",
           coalesce((SELECT json_agg(json_build_object('url', i.url, 'isMain', i.is_main) ORDER BY i.position)
             FROM product_images i WHERE i.product_id = p.id), '[]') AS images,
           coalesce((SELECT json_agg(json_build_object('optionId', o.id, 'name', json_build_object('ko', o.name_ko, 'en', o.name_en),
               'value', json_build_object('ko', o.value_ko, 'en', o.value_en)) ORDER BY o.position)
             FROM product_options o WHERE o.product_id = p.id), '[]') AS values,
           coalesce((SELECT json_agg(json_build_object('variantId', v.id, 'additionalPrice', v.additional_price, 'price', v.price, 'stock', v.stock,
               'optionIds', coalesce((SELECT json_agg(c.option_id) FROM variant_options c WHERE c.variant_id = v.id), '[]')) ORDER BY v.id)
             FROM variants v WHERE v.product_id = p.id), '[]') AS variants
    FROM products p WHERE p.id = $1`;
  const { rows } = await (client as Pool).query<ProductRow>({ name: 'find-product', text, values: [productId] });
  const [row] = rows;
  if (!row) return undefined;
  const { values, variants, ...rest } = row;
  const options = optionsOf(values);
  return {
    ...rest,
    options,
    variants: variants.map(({ optionIds, ...variant }) => ({
      ...variant,
      optionValues: options.map((option) => option.values.findIndex(({ optionId }) => optionIds.includes(optionId))),
    })),
  };
}

function optionsOf(values: ProductRow['values']): ProductOption[] {
  const byName = Map.groupBy(values, ({ name }) => name.en);
  return [...byName.values()].flatMap((group) => {
    const [first] = group;
    return first ? { name: first.name, values: group.map(({ optionId, value }) => ({ ...value, optionId })) } : [];
  });
}

function productRow({ productId, name, description, ...rest }: Product) {
  return {
    id: productId, category: rest.category, name_ko: name.ko, name_en: name.en, description_ko: description.ko, description_en: description.en,
    base_price: rest.basePrice, status: rest.status, version: rest.version, created_at: rest.createdAt, updated_at: rest.updatedAt,
  };
}

function updateProduct(statements: Statements, product: Product): Promise<unknown> {
  const { id, created_at: _createdAt, ...changed } = productRow(product);
  const assignments = Object.keys(changed).map((column, index) => `${column} = $${index + 2}`);
  return statements.query(`UPDATE products SET ${assignments.join(', ')} WHERE id = $1`, [id, ...Object.values(changed)]);
}

function imageRows({ productId, images }: Product) {
  return images.map(({ url, isMain }, position) => ({ product_id: productId, position, url, is_main: isMain }));
}

/** Values of one option stand together, so a new value moves those of the options behind it. */
function saveOptions(statements: Statements, { productId, options }: Product): Promise<unknown> {
  const rows = options.flatMap(({ name, values }) =>
    values.map(({ optionId, ko, en }) => ({ id: optionId, product_id: productId, name_ko: name.ko, name_en: name.en, value_ko: ko, value_en: en })),
  );
  return insertRows(statements, 'product_options', rows.map((row, position) => ({ ...row, position })), 'ON CONFLICT (id) DO UPDATE SET position = excluded.position');
}

/** New variants begin without stock: the books give them theirs, with its history. */
function insertVariants(statements: Statements, { productId, status, options, variants }: Product, isNew: (variantId: string) => boolean): Promise<unknown>[] {
  const added = variants
    .filter(({ variantId }) => isNew(variantId))
    .map((variant) => ({ ...variant, optionIds: variant.optionValues.flatMap((value, option) => options[option]?.values[value]?.optionId ?? []) }));
  const rows = added.map(({ variantId, optionIds, additionalPrice, price }) => ({
    id: variantId, product_id: productId, product_status: status, combination: optionIds.toSorted().join(' '),
    additional_price: additionalPrice, price, stock: 0,
  }));
  const chosen = added.flatMap(({ variantId, optionIds }) => optionIds.map((optionId) => ({ variant_id: variantId, option_id: optionId, product_id: productId })));
  return [insertRows(statements, 'variants', rows), insertRows(statements, 'variant_options', chosen)];
}

function updatePrices(statements: Statements, variants: Product['variants']): Promise<unknown> {
  const text = `
    UPDATE variants v SET additional_price = changed.additional_price, price = changed.price, updated_at = now()
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS changed (id, additional_price, price) WHERE v.id = changed.id`;
  return statements.query(text, [variants.map((v) => v.variantId), variants.map((v) => v.additionalPrice), variants.map((v) => v.price)]);
}

/** Columns by name, so the rows read like the table. */
function insertRows(statements: Statements, table: string, rows: object[], onConflict = ''): Promise<unknown> {
  const [first] = rows;
  if (!first) return Promise.resolve();
  const columns = Object.keys(first).join(', ');
  return statements.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1) ${onConflict}`, [
    JSON.stringify(rows),
  ]);
}
