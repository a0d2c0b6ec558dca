import type { OrderEvent } from './event.ts';
import { type Won, assertWon } from './money.ts';
import type { Order, OrderStatusChange, Payment } from './order.ts';
import type { StockMovement, StockMovementType, Variant } from './product.ts';
import { assertInvariant } from './refusal.ts';
import type { Wallet, WalletTransaction, WalletTransactionType } from './wallet.ts';

/** What decisions write: one list for each table that only ever grows. */
export interface Entries {
  walletTransactions: WalletTransaction[];
  stockMovements: StockMovement[];
  orders: Order[];
  orderStatusChanges: OrderStatusChange[];
  payments: Payment[];
  events: OrderEvent[];
}

/** The locked rows that the decisions of one transaction may read and change. */
export interface LockedRows {
  wallets: Wallet[];
  variants: Variant[];
}

/**
 * The shop's books, open at the rows that one transaction has locked.
 *
 * Decisions are made one after another on the same books, so each sees the effects of those before it. Balances and stock change
 * only through the two methods below, which write the history line together with the change: a balance that
 * is not the sum of its history cannot be expressed.
 */
export class Books {
  readonly now: Date;
  readonly newId: () => string;
  readonly entries: Entries = {
    walletTransactions: [],
    stockMovements: [],
    orders: [],
    orderStatusChanges: [],
    payments: [],
    events: [],
  };
  readonly #wallets: Map<string, Wallet>;
  readonly #variants: Map<string, Variant>;
  readonly #variantsByProduct = new Map<string, Variant[]>();

  /** `now` is the database's clock, the same for all decisions of the transaction; `newId` gives increasing UUIDv7. */
  constructor(now: Date, newId: () => string, rows: LockedRows) {
    this.now = now;
    this.newId = newId;
    this.#wallets = new Map(rows.wallets.map((wallet) => [wallet.userId, wallet]));
    this.#variants = new Map(rows.variants.map((variant) => [variant.variantId, variant]));
    for (const variant of rows.variants) {
      const siblings = this.#variantsByProduct.get(variant.productId);
      if (siblings) siblings.push(variant);
      else this.#variantsByProduct.set(variant.productId, [variant]);
    }
  }

  wallet(userId: string): Wallet | undefined {
    return this.#wallets.get(userId);
  }

  variant(variantId: string): Variant | undefined {
    return this.#variants.get(variantId);
  }

  /** The locked variants of a product: all it has, where a request named the product without a variant. */
  variantsOf(productId: string): Variant[] {
    return this.#variantsByProduct.get(productId) ?? [];
  }

  changeBalance(userId: string, type: WalletTransactionType, amount: Won, orderId: string | null): void {
    assertWon(amount);
    const wallet = this.#wallets.get(userId);
    assertInvariant(wallet !== undefined, `wallet ${userId} is not locked`);
    const balanceBefore = wallet.balance;
    const balanceAfter = balanceBefore + amount;
    assertInvariant(balanceAfter >= 0, `balance of ${userId} would fall to ${balanceAfter}`);
    wallet.balance = balanceAfter;
    const { now: createdAt } = this;
    this.entries.walletTransactions.push({
      id: this.newId(), userId, type, amount, balanceBefore, balanceAfter, orderId, createdAt,
    });
  }

  changeStock(variantId: string, type: StockMovementType, quantity: number, orderId: string | null): void {
    const variant = this.#variants.get(variantId);
    assertInvariant(variant !== undefined, `variant ${variantId} is not locked`);
    const stockBefore = variant.stock;
    const stockAfter = stockBefore + quantity;
    assertInvariant(stockAfter >= 0, `stock of ${variantId} would fall to ${stockAfter}`);
    variant.stock = stockAfter;
    const { now: createdAt } = this;
    this.entries.stockMovements.push({
      id: this.newId(), variantId, type, quantity, stockBefore, stockAfter, orderId, operatorId: null, createdAt,
    });
  }

  /** How many lines have been written; a refusal must leave it as it was. */
  get entryCount(): number {
    return Object.values(this.entries).reduce((count, list) => count + list.length, 0);
  }
}
