import type { CartItem } from './cart.ts';
import type { Coupon, CouponAction, CouponHistoryLine, IssuedCoupon, NewIssuedCoupon } from './coupon.ts';
import type { OrderEventType, OutboxEvent } from './event.ts';
import { type Won, assertWon } from './money.ts';
import type { OperatorAction } from './operator-action.ts';
import type { Actor, Order, OrderStatusChange, Payment } from './order.ts';
import type { StockMovement, StockMovementType, Variant } from './product.ts';
import { type OrderFailureReason, assertInvariant } from './refusal.ts';
import { timeText } from './time-text.ts';
import type { Wallet, WalletTransaction, WalletTransactionType } from './wallet.ts';

/** The rows that the decisions of one transaction may read, and change where they are locked. */
export interface LockedRows {
  /** Of the users who were asked for: who is one. Not locked. */
  users: { userId: string }[];
  wallets: Wallet[];
  orders: Order[];
  coupons: Coupon[];
  issuedCoupons: IssuedCoupon[];
  /** Of the users who ask for a coupon of a locked campaign: who has one already. */
  couponHolders: { couponId: string; userId: string }[];
  variants: Variant[];
  cartItems: CartItem[];
}

/** What decisions write, for the store to save: new lines of the tables that only grow, and rows that changed. */
export interface Entries {
  walletTransactions: WalletTransaction[];
  stockMovements: StockMovement[];
  newOrders: Order[];
  orderStatusChanges: OrderStatusChange[];
  payments: Payment[];
  newIssuedCoupons: NewIssuedCoupon[];
  couponHistory: CouponHistoryLine[];
  operatorActions: OperatorAction[];
  events: OutboxEvent[];
  changedWallets: Map<string, Wallet>;
  changedVariants: Map<string, Variant>;
  changedOrders: Map<string, Order>;
  changedCoupons: Map<string, Coupon>;
  changedIssuedCoupons: Map<string, IssuedCoupon>;
  /** By cart item id; undefined for an item that was removed. */
  cartItems: Map<string, CartItem | undefined>;
}

/** What a change of balance or stock belongs to. */
export interface Cause {
  orderId?: string;
  operatorId?: string;
  reason?: string;
}

/**
 * The shop's books, open at the rows that one transaction has locked.
 *
 * Decisions are made one after another on the same books, so each sees the effects of those before it. Balances, stock and coupons change
 * only through the methods below, which write the history line together with the change: a balance that
 * is not the sum of its history cannot be expressed.
 */
export class Books {
  readonly now: Date;
  readonly newId: () => string;
  readonly entries: Entries;
  /** How many things have been written; a refusal must leave it as it was. */
  entryCount = 0;
  readonly #users: Set<string>;
  readonly #wallets: Map<string, Wallet>;
  readonly #orders: Map<string, Order>;
  readonly #coupons: Map<string, Coupon>;
  readonly #issuedCoupons: Map<string, IssuedCoupon>;
  /** By campaign. */
  readonly #holders: Map<string, Set<string>>;
  readonly #variants: Map<string, Variant>;
  readonly #variantsByProduct: Map<string, Variant[]>;
  readonly #carts: Map<string, CartItem[]>;

  /** `now` is the database's clock, the same for all decisions of the transaction; `newId` gives increasing UUIDv7. */
  constructor(now: Date, newId: () => string, rows: Partial<LockedRows>) {
    this.now = now;
    this.newId = newId;
    this.entries = emptyEntries();
    this.#users = new Set(rows.users?.map(({ userId }) => userId));
    this.#wallets = new Map(rows.wallets?.map((wallet) => [wallet.userId, wallet]));
    this.#orders = new Map(rows.orders?.map((order) => [order.orderId, order]));
    this.#coupons = new Map(rows.coupons?.map((coupon) => [coupon.couponId, coupon]));
    this.#issuedCoupons = new Map(rows.issuedCoupons?.map((coupon) => [coupon.issuedCouponId, coupon]));
    this.#holders = new Map(rows.coupons?.map(({ couponId }) => [couponId, new Set()]));
    for (const { couponId, userId } of rows.couponHolders ?? []) locked(this.#holders, couponId).add(userId);
    this.#variants = new Map(rows.variants?.map((variant) => [variant.variantId, variant]));
    this.#variantsByProduct = Map.groupBy(rows.variants ?? [], ({ productId }) => productId);
    this.#carts = Map.groupBy(rows.cartItems ?? [], ({ userId }) => userId);
  }

  /** Whether there is such a user, of those whom the decisions asked for. */
  hasUser(userId: string): boolean {
    return this.#users.has(userId);
  }

  wallet(userId: string): Wallet | undefined {
    return this.#wallets.get(userId);
  }

  order(orderId: string): Order | undefined {
    return this.#orders.get(orderId);
  }

  coupon(couponId: string): Coupon | undefined {
    return this.#coupons.get(couponId);
  }

  issuedCoupon(issuedCouponId: string): IssuedCoupon | undefined {
    return this.#issuedCoupons.get(issuedCouponId);
  }

  /** Whether the user has a coupon of the campaign. */
  holdsCoupon(couponId: string, userId: string): boolean {
    return this.#holders.get(couponId)?.has(userId) ?? false;
  }

  variant(variantId: string): Variant | undefined {
    return this.#variants.get(variantId);
  }

  /** The locked variants of a product: all it has, where a request named the product without a variant. */
  variantsOf(productId: string): readonly Variant[] {
    return this.#variantsByProduct.get(productId) ?? [];
  }

  cart(userId: string): readonly CartItem[] {
    return this.#carts.get(userId) ?? [];
  }

  /** A variant that this transaction makes: without stock, until `changeStock` gives it some. */
  addVariant(variant: Variant): void {
    assertInvariant(variant.stock === 0, `variant ${variant.variantId} would begin with stock that has no history`);
    this.#variants.set(variant.variantId, variant);
  }

  changeBalance(userId: string, type: WalletTransactionType, amount: Won, cause: Cause): void {
    assertWon(amount);
    const wallet = locked(this.#wallets, userId);
    const balanceBefore = wallet.balance;
    const balanceAfter = balanceBefore + amount;
    assertInvariant(balanceAfter >= 0, `balance of ${userId} would fall to ${balanceAfter}`);
    wallet.balance = balanceAfter;
    this.entries.changedWallets.set(userId, wallet);
    this.#write(this.entries.walletTransactions, { id: this.newId(), userId, type, amount, balanceBefore, balanceAfter, ...this.#stamp(cause) });
  }

  changeStock(variantId: string, type: StockMovementType, quantity: number, cause: Cause): void {
    const variant = locked(this.#variants, variantId);
    const stockBefore = variant.stock;
    const stockAfter = stockBefore + quantity;
    assertInvariant(stockAfter >= 0, `stock of ${variantId} would fall to ${stockAfter}`);
    variant.stock = stockAfter;
    this.entries.changedVariants.set(variantId, variant);
    this.#write(this.entries.stockMovements, { id: this.newId(), variantId, type, quantity, stockBefore, stockAfter, ...this.#stamp(cause) });
  }

  insertOrder(order: Order): void {
    this.#orders.set(order.orderId, order);
    this.#write(this.entries.newOrders, order);
  }

  /** Writes down the statuses that the order has now. A new order is saved as it stands at the end. */
  recordStatus(order: Order, { changedBy, userId }: Actor, reason: string | null): void {
    const { orderId, status, deliveryStatus } = order;
    if (!this.entries.newOrders.includes(order)) this.entries.changedOrders.set(orderId, order);
    this.#write(this.entries.orderStatusChanges, {
      id: this.newId(), orderId, status, deliveryStatus, reason, changedBy, changedByUserId: userId, createdAt: this.now,
    });
  }

  recordPayment({ orderId, totalPrice: amount }: Order, failureReason: OrderFailureReason | null): void {
    const status = failureReason ? 'FAILED' : 'SUCCESS';
    this.#write(this.entries.payments, { id: this.newId(), orderId, status, amount, failureReason, createdAt: this.now });
  }

  recordOrderEvent(type: OrderEventType, order: Order): void {
    const { orderId, userId, itemsPrice, discountAmount, totalPrice, issuedCouponId, failureReason, items } = order;
    const paidAt = order.paidAt && timeText(order.paidAt);
    const data = { orderId, userId, itemsPrice, discountAmount, totalPrice, issuedCouponId, paidAt, failureReason, items };
    this.#write(this.entries.events, { eventId: this.newId(), type, subject: orderId, data, createdAt: this.now });
  }

  issueCoupon(coupon: Coupon, userId: string, expiresAt: Date): NewIssuedCoupon {
    assertInvariant(coupon.issuedQuantity < coupon.totalQuantity, `coupon ${coupon.couponId} would be issued too often`);
    coupon.issuedQuantity += 1;
    this.entries.changedCoupons.set(coupon.couponId, coupon);
    const { couponId, issuedQuantity: sequence } = coupon;
    locked(this.#holders, couponId).add(userId);
    const issued: NewIssuedCoupon = { issuedCouponId: this.newId(), couponId, userId, sequence, issuedAt: this.now, expiresAt };
    this.#write(this.entries.newIssuedCoupons, issued);
    this.#recordCoupon(issued.issuedCouponId, 'ISSUED', null);
    const data = { ...issued, issuedAt: timeText(this.now), expiresAt: timeText(expiresAt) };
    this.#write(this.entries.events, {
      eventId: this.newId(), type: 'openrun.coupon.issued', subject: issued.issuedCouponId, data, createdAt: this.now,
    });
    return issued;
  }

  useCoupon(issuedCouponId: string, orderId: string): void {
    const coupon = locked(this.#issuedCoupons, issuedCouponId);
    assertInvariant(coupon.status === 'AVAILABLE', `issued coupon ${issuedCouponId} would be used twice`);
    Object.assign(coupon, { status: 'USED', orderId });
    this.entries.changedIssuedCoupons.set(issuedCouponId, coupon);
    this.#recordCoupon(issuedCouponId, 'USED', orderId);
  }

  restoreCoupon(issuedCouponId: string, orderId: string): void {
    const coupon = locked(this.#issuedCoupons, issuedCouponId);
    assertInvariant(coupon.orderId === orderId, `issued coupon ${issuedCouponId} is not used by order ${orderId}`);
    Object.assign(coupon, { status: 'AVAILABLE', orderId: null });
    this.entries.changedIssuedCoupons.set(issuedCouponId, coupon);
    this.#recordCoupon(issuedCouponId, 'RESTORED', orderId);
  }

  setCartItem(item: CartItem): void {
    const others = this.cart(item.userId).filter(({ cartItemId }) => cartItemId !== item.cartItemId);
    this.#carts.set(item.userId, [...others, item]);
    this.entries.cartItems.set(item.cartItemId, item);
    this.entryCount += 1;
  }

  removeCartItem({ userId, cartItemId }: CartItem): void {
    this.#carts.set(userId, this.cart(userId).filter((item) => item.cartItemId !== cartItemId));
    this.entries.cartItems.set(cartItemId, undefined);
    this.entryCount += 1;
  }

  recordOperatorAction(action: Omit<OperatorAction, 'id' | 'createdAt'>): void {
    this.#write(this.entries.operatorActions, { id: this.newId(), ...action, createdAt: this.now });
  }

  #recordCoupon(issuedCouponId: string, action: CouponAction, orderId: string | null): void {
    this.#write(this.entries.couponHistory, { id: this.newId(), issuedCouponId, action, orderId, createdAt: this.now });
  }

  #stamp({ orderId = null, operatorId = null, reason = null }: { [K in keyof Cause]: Cause[K] | null }) {
    return { orderId, operatorId, reason, createdAt: this.now };
  }

  #write<T>(list: T[], entry: T): void {
    list.push(entry);
    this.entryCount += 1;
  }
}

function locked<T>(rows: Map<string, T>, id: string): T {
  const row = rows.get(id);
  assertInvariant(row !== undefined, `${id} is not locked`);
  return row;
}

function emptyEntries(): Entries {
  return {
    walletTransactions: [],
    stockMovements: [],
    newOrders: [],
    orderStatusChanges: [],
    payments: [],
    newIssuedCoupons: [],
    couponHistory: [],
    operatorActions: [],
    events: [],
    changedWallets: new Map(),
    changedVariants: new Map(),
    changedOrders: new Map(),
    changedCoupons: new Map(),
    changedIssuedCoupons: new Map(),
    cartItems: new Map(),
  };
}
