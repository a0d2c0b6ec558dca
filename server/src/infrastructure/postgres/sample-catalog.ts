import type { PoolClient } from 'pg';
import type { SampleProduct } from '../../../sample/catalog/sample-product.ts';
import type { Variant } from '../../domain/product.ts';
import { idsAt } from './ids.ts';

interface Rows {
  products: object[];
  images: object[];
  options: object[];
  variants: object[];
  variantOptions: object[];
  movements: object[];
}

interface Opening {
  rows: Rows;
  /** When the products were made, as JSON: the beginning of their histories. */
  at: string;
  newId: () => string;
}

/**
 * Inserts the products with their options, variants, pictures and first stock, all made at `openedAt`, which must be before the first order
 * for them; gives the variants of each as a sale sees them.
 */
export async function insertCatalog(
  client: PoolClient,
  products: SampleProduct[],
  picturesOf: (slug: string) => string[],
  openedAt: Date,
): Promise<Map<string, Variant[]>> {
  const rows: Rows = { products: [], images: [], options: [], variants: [], variantOptions: [], movements: [] };
  // Ids tell the order of a history, so they begin with it.
  const opening = { rows, at: openedAt.toISOString(), newId: idsAt(openedAt.getTime() * 1000) };
  // The shop lists the newest first, so the last product of the catalog is made first.
  const variants = new Map(products.toReversed().map((product) => [product.slug, addProduct(opening, product, picturesOf(product.slug))]));
  await insert(client, 'products', rows.products);
  await insert(client, 'product_images', rows.images);
  await insert(client, 'product_options', rows.options);
  await insert(client, 'variants', rows.variants);
  await insert(client, 'variant_options', rows.variantOptions);
  await insert(client, 'stock_movements', rows.movements);
  return variants;
}

function addProduct({ rows, at, newId }: Opening, product: SampleProduct, pictures: string[]): Variant[] {
  const productId = newId();
  const stamped = { created_at: at, updated_at: at };
  const { ko, en } = product.name;
  rows.products.push({
    id: productId, category: product.category, name_ko: ko, name_en: en,
    description_ko: product.description.ko, description_en: product.description.en,
    base_price: product.price, status: product.status, ...stamped,
  });
  pictures.forEach((url, position) => rows.images.push({ product_id: productId, position, url, is_main: position === 0, ...stamped }));
  const optionIds = product.options.map(({ values }) => values.map(() => newId()));
  let position = 0;
  product.options.forEach(({ name, values }, option) =>
    values.forEach((value, index) => {
      rows.options.push({
        id: optionIds[option]?.[index], product_id: productId, position, created_at: at,
        name_ko: name.ko, name_en: name.en, value_ko: value.ko, value_en: value.en,
      });
      position += 1;
    }),
  );
  return product.variants.map(({ optionValues, additionalPrice, stock }) => {
    const variantId = newId();
    const chosen = optionValues.map((value, option) => optionIds[option]?.[value] ?? '');
    const price = product.price + additionalPrice;
    rows.variants.push({
      id: variantId, product_id: productId, product_status: product.status, combination: chosen.toSorted().join(' '),
      additional_price: additionalPrice, price, stock, ...stamped,
    });
    for (const optionId of chosen) rows.variantOptions.push({ variant_id: variantId, option_id: optionId, product_id: productId });
    if (stock > 0) {
      rows.movements.push({
        variant_id: variantId, id: newId(), type: 'ADJUST', quantity: stock, stock_before: 0, stock_after: stock, created_at: at,
      });
    }
    return { variantId, productId, productStatus: product.status, price, stock };
  });
}

/** Columns by name, so the rows read like the table. */
async function insert(client: PoolClient, table: string, rows: object[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first).join(', ');
  await client.query(`INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1)`, [JSON.stringify(rows)]);
}
