import type { Books } from '../domain/books.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Product } from '../domain/catalog.ts';
import type { IssuedCouponStatus } from '../domain/coupon.ts';
import type { DeliveryStatus, OrderStatus } from '../domain/order.ts';
import type { ProductStatus } from '../domain/product.ts';
import type {
  AccountView,
  AdminCouponView,
  AdminProductSummary,
  AdminProductView,
  OperatorActionView,
  SalesView,
  StockMovementView,
} from './admin-views.ts';
import type { Outcome } from './answers.ts';
import type { IdempotencyGuard, Page, PageRequest } from './ports.ts';
import type { IssuedCouponView, IssuedView, Language, OrderView, UserView } from './views.ts';

/** What operators see and change. Reads show what customers do not: other statuses, both languages, everybody's rows. */

/** What an operator's decision came to: the record as it shall be stored, and the answer, plain JSON, for a repeat of the request to get. */
export interface Edited<State, T> {
  state: State;
  answer: T;
}

/**
 * Where operators change a record that is kept whole: a product with its variants, or a campaign. Each call is one transaction, which
 * stores the record, the books' entries (first stock, audit log) and the answer under `guard`. A refusal by `decide` changes nothing.
 */
export interface RecordStore<State> {
  create<T>(guard: IdempotencyGuard | undefined, decide: (books: Books) => Edited<State, T>): Promise<Outcome<T>>;
  /** `decide` gets the record with all its rows locked, or undefined where there is none. */
  change<T>(
    id: string,
    guard: IdempotencyGuard | undefined,
    decide: (books: Books, state: State | undefined) => Edited<State, T>,
  ): Promise<Outcome<T>>;
}

export type CatalogStore = RecordStore<Product>;
export type CampaignStore = RecordStore<Campaign>;

export interface AdminProductFilter {
  search?: string | undefined;
  category?: string | undefined;
  status?: ProductStatus | undefined;
}

export interface AdminProductQueries {
  /** Newest first. */
  list(filter: AdminProductFilter, page: PageRequest): Promise<Page<AdminProductSummary>>;
  find(productId: string): Promise<AdminProductView | undefined>;
  /** The product that a variant belongs to; that never changes. */
  findProductOf(variantId: string): Promise<string | undefined>;
  /** The stock history of a variant, newest first. */
  listMovements(variantId: string, page: PageRequest): Promise<Page<StockMovementView>>;
}

export interface AdminCouponQueries {
  /** All campaigns, also ended ones, newest first. */
  list(page: PageRequest): Promise<Page<AdminCouponView>>;
  find(couponId: string): Promise<AdminCouponView | undefined>;
  /** The issued coupons of a campaign, in the order of their issue. */
  listIssued(couponId: string, page: PageRequest): Promise<Page<IssuedView>>;
  /** Issued coupons of everybody, or of one user, newest first. */
  searchIssued(filter: { userId?: string | undefined; status?: IssuedCouponStatus | undefined }, page: PageRequest, language: Language): Promise<Page<IssuedCouponView>>;
}

/** `from` is included, `to` is not. */
export interface Period {
  from?: Date | undefined;
  to?: Date | undefined;
}

export interface OrderFilter extends Period {
  userId?: string | undefined;
  status?: OrderStatus | undefined;
  deliveryStatus?: DeliveryStatus | undefined;
}

export interface AdminOrderQueries {
  /** Orders of everybody by the time of their creation, newest first. */
  search(filter: OrderFilter, page: PageRequest): Promise<Page<OrderView>>;
}

export interface AdminUserQueries {
  /** Accounts whose email or name has `search` in it, newest first. */
  list(search: string | undefined, page: PageRequest): Promise<Page<UserView>>;
  find(userId: string): Promise<AccountView | undefined>;
}

export interface ReportQueries {
  /** Units and revenue by product and hour, the newest hour first. */
  listSales(filter: Period & { productId?: string | undefined }, page: PageRequest, language: Language): Promise<Page<SalesView>>;
  /** The audit log, newest first. */
  listActions(filter: { operatorId?: string | undefined; subjectId?: string | undefined }, page: PageRequest): Promise<Page<OperatorActionView>>;
}
