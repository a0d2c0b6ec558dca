import type { Books } from './books.ts';
import type { LocalText } from './local-text.ts';
import { type Won, priceMax } from './money.ts';
import { type ProductOption, checkCombinations, checkOptions } from './product-options.ts';
import { type ProductStatus, isPriceAllowed } from './product.ts';
import { Refusal } from './refusal.ts';
import type { Rules } from './rules.ts';

export interface ProductImage {
  url: string;
  isMain: boolean;
}

/** One sellable combination, as operators keep it. */
export interface CatalogVariant {
  variantId: string;
  /** For each option of the product, in order, the index of its value. */
  optionValues: number[];
  additionalPrice: Won;
  /** Base price plus additional price. */
  price: Won;
  stock: number;
}

/** A product as operators keep it, whole: its row and those of its variants are locked. */
export interface Product {
  productId: string;
  /** Raised by every change of the product, its options or its variants; not by sales. */
  version: number;
  category: string;
  name: LocalText;
  description: LocalText;
  basePrice: Won;
  status: ProductStatus;
  images: ProductImage[];
  options: ProductOption[];
  variants: CatalogVariant[];
  createdAt: Date;
  updatedAt: Date;
}

type Described = Pick<Product, 'category' | 'name' | 'description' | 'basePrice' | 'status' | 'images'>;

export type ProductChange = { [K in keyof Described]?: Described[K] | undefined };

export interface ProductTerms extends Described {
  options: { name: LocalText; values: LocalText[] }[];
  variants: Omit<CatalogVariant, 'variantId' | 'price'>[];
}

/** In the stock history: what a variant began with. */
export const firstStockReason = 'FIRST_STOCK';

/**
 * Makes a product with its variants and their first stock. Gives it.
 *
 * Refuses, in this order: VALIDATION_FAILED (two main images, an option or a combination twice, a combination that the options do not
 * give; without options there is exactly one variant), INVALID_PRICE.
 */
export function decideCreateProduct(books: Books, rules: Rules, terms: ProductTerms, operatorId: string): Product {
  checkOptions(terms.options);
  checkCombinations(terms.options, terms.variants);
  const images = withMainImage(terms.images);
  const variants = withPrices(rules, terms.basePrice, terms.variants);

  // From here it must succeed.
  const product: Product = {
    ...terms,
    productId: books.newId(),
    version: 1,
    images,
    options: terms.options.map(({ name, values }) => ({ name, values: values.map((value) => ({ ...value, optionId: books.newId() })) })),
    variants: variants.map((variant) => ({ ...variant, variantId: books.newId() })),
    createdAt: books.now,
    updatedAt: books.now,
  };
  for (const variant of product.variants) stockFirst(books, product, variant, operatorId);
  books.recordOperatorAction({
    operatorId, action: 'create-product', subjectType: 'product', subjectId: product.productId, reason: null,
    before: undefined, after: { ...describe(product), options: terms.options, variants: terms.variants },
  });
  return product;
}

/**
 * Changes what is given; a new base price moves the final price of every variant. Gives the product afterwards.
 *
 * Refuses, in this order: VALIDATION_FAILED (two main images), INVALID_PRICE.
 */
export function decideChangeProduct(books: Books, rules: Rules, product: Product, change: ProductChange, operatorId: string): Product {
  const images = change.images === undefined ? product.images : withMainImage(change.images);
  const { basePrice = product.basePrice } = change;
  // Prices that were allowed under an earlier price step stay; a product can be suspended all the same.
  const variants = basePrice === product.basePrice ? product.variants : withPrices(rules, basePrice, product.variants);

  // From here it must succeed.
  const { category = product.category, name = product.name, description = product.description, status = product.status } = change;
  const changed = changedNow(books, { ...product, category, name, description, status, basePrice, images, variants });
  books.recordOperatorAction({
    operatorId, action: 'change-product', subjectType: 'product', subjectId: product.productId, reason: null,
    before: describe(product), after: describe(changed),
  });
  return changed;
}

/** The product one version later. */
export function changedNow(books: Books, product: Product): Product {
  return { ...product, version: product.version + 1, updatedAt: books.now };
}

/** Puts a new variant on the books with what it begins with. */
export function stockFirst(books: Books, { productId, status }: Product, { variantId, price, stock }: CatalogVariant, operatorId: string): void {
  books.addVariant({ variantId, productId, productStatus: status, price, stock: 0 });
  if (stock > 0) books.changeStock(variantId, 'ADJUST', stock, { operatorId, reason: firstStockReason });
}

/** The variants with their final prices. Refuses INVALID_PRICE, also for the base price. */
export function withPrices<V extends { additionalPrice: Won }>(rules: Rules, basePrice: Won, variants: V[]): (V & { price: Won })[] {
  const limits = { priceStep: rules.priceStep, maximum: priceMax };
  if (!isPriceAllowed(basePrice, rules)) throw new Refusal('INVALID_PRICE', { basePrice, ...limits });
  return variants.map((variant) => {
    const price = basePrice + variant.additionalPrice;
    if (!isPriceAllowed(price, rules)) throw new Refusal('INVALID_PRICE', { additionalPrice: variant.additionalPrice, price, ...limits });
    return { ...variant, price };
  });
}

/** One image is the main one: the first, where none is said to be. */
function withMainImage(images: ProductImage[]): ProductImage[] {
  const mainCount = images.filter(({ isMain }) => isMain).length;
  if (mainCount > 1) throw new Refusal('VALIDATION_FAILED', { errors: [{ field: 'images', message: 'must have one main image' }] });
  return mainCount === 1 ? images : images.map(({ url }, index) => ({ url, isMain: index === 0 }));
}

/** What the audit log keeps of a product: what an operator can change of it. */
function describe({ category, name, description, basePrice, status, images, version }: Product): Described & { version: number } {
  return { category, name, description, basePrice, status, images, version };
}
