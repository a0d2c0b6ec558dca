import type { Books } from '../domain/books.ts';
import type { IssuedCouponStatus } from '../domain/coupon.ts';
import type { OrderStatus } from '../domain/order.ts';
import type { RefusalCode, RefusalDetails } from '../domain/refusal.ts';
import type { Caller, Role } from '../domain/user.ts';
import type {
  BalanceView,
  CartView,
  CouponView,
  IssuedCouponView,
  Language,
  OrderDetailView,
  OrderView,
  ProductDetailView,
  ProductView,
  TopProductView,
  UserView,
  WalletTransactionView,
} from './views.ts';

/** The rows that a decision needs, nearly all of them locked. Ids that do not exist are simply not found on the books. */
export interface Needs {
  /** Users who must be known. Nothing of theirs is locked: nobody ceases to be a user. */
  users: string[];
  wallets: string[];
  variants: string[];
  /** Products whose variants are all needed, because a request names the product without a variant. */
  variantsOfProducts: string[];
  /** Orders, each with its buyer's wallet, its issued coupon and its variants. */
  orders: string[];
  coupons: string[];
  issuedCoupons: string[];
  /** Users whose cart is needed, with the variants in it; the same users' wallets must be needed too. */
  carts: string[];
}

/** What a decision came to, in a form that can be stored and given again. */
export type Answer<T = unknown> =
  | { accepted: T }
  | { refused: { code: RefusalCode; details: RefusalDetails } };

/** An Idempotency-Key as its caller sent it, with a hash of what it was sent for. */
export interface IdempotencyGuard {
  callerId: string;
  key: string;
  requestHash: Buffer;
}

export interface RecordedAnswer extends IdempotencyGuard {
  answer: Answer;
  /** Where the answer is an order that was placed and paid at once, or FAILED: its id. A store may keep that instead; see `answerOfPlaced`. */
  placedOrderId?: string | undefined;
}

/** Something needed that another transaction holds locked, and which transaction that is. */
export interface LockedNeed {
  kind: keyof Needs;
  id: string;
  holder: string;
}

/** Where the desk keeps its books. Implemented on PostgreSQL by `infrastructure/postgres/desk-store.ts`. */
export interface DeskStore {
  /**
   * One transaction. Locks the needed rows in the global lock order, reads them and the answers recorded under `guards` within the last
   * 24 hours, lets `decide` write in the books, stores the books' entries and the new answers, and commits. A store may let `decide` work on
   * rows that it remembers, and lock them afterwards. Where they have changed it calls `decide` once more, on new books; what was decided before
   * has not happened.
   */
  transact(
    needs: Needs,
    guards: IdempotencyGuard[],
    decide: (books: Books, recorded: RecordedAnswer[]) => RecordedAnswer[],
  ): Promise<void>;

  /** What of this is locked by others at this moment. Waits for nobody. */
  findLocked(needs: Needs): Promise<LockedNeed[]>;
}

/** Another transaction was in the way (serialization, deadlock, a key recorded at the same moment). Worth trying again. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
}

/** The store cannot be reached, or gave no answer in time. */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
}

/** Another transaction held something needed for too long. Nothing has happened. */
export class StoreLocked extends StoreUnavailable {
  override readonly name = 'StoreLocked';
}

/** One page of a list; `next` continues after its last row, or is undefined on the last page. */
export interface Page<T> {
  rows: T[];
  next: string | undefined;
}

export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

export const productSorts = ['newest', 'price', '-price', 'name'] as const;
export type ProductSort = (typeof productSorts)[number];

export interface ProductFilter {
  search: string | undefined;
  category: string | undefined;
  sort: ProductSort;
}

/** As many of the products most sold as can be asked for. */
export const topPositionsMax = 100;

/**
 * The products most sold, in units, over the last `days` days; ties by product id. `now` is the moment to look from: the store's clock
 * where it is left out.
 */
export type TopProducts = (days: number, limit: number, language: Language, now?: Date) => Promise<TopProductView[]>;

/** Reads of the catalog. Customers see only products ON_SALE; stock is read at the moment of the call. */
export interface ProductQueries {
  list(filter: ProductFilter, page: PageRequest, language: Language): Promise<Page<ProductView>>;
  find(productId: string, language: Language): Promise<ProductDetailView | undefined>;
  top: TopProducts;
}

export interface WalletQueries {
  findBalance(userId: string): Promise<BalanceView | undefined>;
  history(userId: string, page: PageRequest): Promise<Page<WalletTransactionView>>;
}

export interface OrderQueries {
  list(userId: string, status: OrderStatus | undefined, page: PageRequest): Promise<Page<OrderView>>;
  find(orderId: string, language: Language): Promise<OrderDetailView | undefined>;
}

/** Reads of campaigns. Anyone may see them; remaining quantities are read at the moment of the call. */
export interface CouponQueries {
  /** Campaigns whose window has not ended, the next to end first. */
  listOpen(page: PageRequest, language: Language): Promise<Page<CouponView>>;
  find(couponId: string, language: Language): Promise<CouponView | undefined>;
  listIssued(userId: string, status: IssuedCouponStatus | undefined, page: PageRequest, language: Language): Promise<Page<IssuedCouponView>>;
}

export interface CartQueries {
  find(userId: string, language: Language): Promise<CartView | undefined>;
}

/** Counts of the moment, by id; ids that do not exist are not in the map. */
export interface LiveCountQueries {
  findRemaining(couponIds: string[]): Promise<Map<string, number>>;
  findStock(variantIds: string[]): Promise<Map<string, number>>;
}

/** One invariant's outcome; `differences` lists the first of the `wrong` ones. */
export interface CheckResult {
  name: string;
  holds: string;
  checked: number;
  wrong: number;
  differences: { id: string; difference: string }[];
  tookMs: number;
}

export interface AuditReport {
  clean: boolean;
  checks: CheckResult[];
}

/** Who follows an audit. */
export interface AuditProgress {
  /** A check begins, the `nth` of `total`. */
  onBegin?: (name: string, nth: number, total: number) => void;
  onResult?: (result: CheckResult) => void;
}

export interface HoldQueries {
  /** Ids of unpaid orders whose hold is over, the oldest first. */
  findEnded(limit: number): Promise<string[]>;
}

export interface NewUser {
  userId: string;
  email: string;
  name: string;
  phone: string | null;
  role: Role;
  passwordHash: string;
}

export interface UserStore {
  /** Inserts the account together with its empty wallet. Refuses EMAIL_TAKEN. */
  insert(user: NewUser): Promise<UserView>;
  find(userId: string): Promise<UserView | undefined>;
  findCredentials(email: string): Promise<{ userId: string; role: Role; passwordHash: string } | undefined>;
}

export interface SessionStore {
  insert(session: { sessionId: string; userId: string; refreshTokenHash: Buffer; lifeDays: number }): Promise<void>;
  /**
   * Trades one refresh token for the next, in one transaction that holds the session's row. Gives undefined for an unknown or expired
   * token; for one that was already used it revokes the whole session and gives undefined too.
   */
  rotate(refreshTokenHash: Buffer, nextHash: Buffer): Promise<{ sessionId: string; userId: string; role: Role } | undefined>;
  /** Revokes the session that a refresh token belongs to; unknown tokens are ignored. */
  revokeByToken(refreshTokenHash: Buffer): Promise<void>;
  revoke(sessionId: string): Promise<void>;
}

/** Both refuse OVERLOADED where too many wait for their turn. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /**
   * With `hash` undefined it works as long as with one and gives false, so that timing tells nothing about accounts. `onTurn` is called when
   * its turn has come, before any work; if that throws, nothing is hashed.
   */
  verify(password: string, hash: string | undefined, onTurn: () => void): Promise<boolean>;
}

export interface AccessTokens {
  readonly lifeSeconds: number;
  issue(caller: Caller, sessionId: string): string;
  /** Gives undefined for a token that is malformed, tampered with, expired, or of a revoked session. */
  verify(token: string): (Caller & { sessionId: string | undefined }) | undefined;
}
