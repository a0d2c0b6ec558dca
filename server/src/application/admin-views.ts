import type { Campaign } from '../domain/campaign.ts';
import type { CatalogVariant, Product, ProductImage } from '../domain/catalog.ts';
import type { DiscountTerms } from '../domain/coupon.ts';
import type { LocalText } from '../domain/local-text.ts';
import type { OperatorAction } from '../domain/operator-action.ts';
import type { ProductStatus, StockMovementType } from '../domain/product.ts';
import type { UserView } from './views.ts';

/** What operators see of what they keep: both languages, and the version that a change may name. */

export interface AdminProductSummary {
  productId: string;
  version: number;
  category: string;
  name: LocalText;
  basePrice: number;
  status: ProductStatus;
  stock: number;
  imageUrl: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface AdminProductView extends Omit<AdminProductSummary, 'imageUrl'> {
  description: LocalText;
  images: ProductImage[];
  options: { name: LocalText; values: LocalText[] }[];
  variants: CatalogVariant[];
}

/** A variant's terms are part of its product: their version is the product's. */
export interface AdminVariantView extends CatalogVariant {
  productId: string;
  version: number;
}

export interface StockMovementView {
  movementId: string;
  variantId: string;
  type: StockMovementType;
  quantity: number;
  stockBefore: number;
  stockAfter: number;
  orderId: string | null;
  operatorId: string | null;
  reason: string | null;
  createdAt: string;
}

export interface AdminCouponView extends DiscountTerms {
  couponId: string;
  version: number;
  name: LocalText;
  totalQuantity: number;
  issuedQuantity: number;
  remainingQuantity: number;
  startsAt: string;
  endsAt: string;
  lifeDays: number;
  createdAt: string;
  updatedAt: string;
}

export interface AccountView extends UserView {
  currentBalance: number;
}

/** What was sold of a product in one hour; revenue is before the orders' discounts. */
export interface SalesView {
  hour: string;
  productId: string;
  productName: string;
  units: number;
  revenue: number;
}

export interface OperatorActionView extends Omit<OperatorAction, 'id' | 'createdAt'> {
  actionId: string;
  createdAt: string;
}

export function adminProductView(product: Product): AdminProductView {
  const { options, createdAt, updatedAt, ...rest } = product;
  return {
    ...rest,
    stock: product.variants.reduce((sum, { stock }) => sum + stock, 0),
    options: options.map(({ name, values }) => ({ name, values: values.map(({ ko, en }) => ({ ko, en })) })),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function adminVariantView({ productId, version }: Product, variant: CatalogVariant): AdminVariantView {
  return { ...variant, productId, version };
}

export function adminCouponView(campaign: Campaign): AdminCouponView {
  const { startsAt, endsAt, createdAt, updatedAt, ...rest } = campaign;
  return {
    ...rest,
    remainingQuantity: campaign.totalQuantity - campaign.issuedQuantity,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
