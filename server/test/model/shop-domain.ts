import { Books, type LockedRows } from '../../src/domain/books.ts';
import { decideIssue } from '../../src/domain/coupon.ts';
import { decideCancel, decideExpireHold, decidePay } from '../../src/domain/order-lifecycle.ts';
import { type Actor, type OrderTerms, decideHold, decideOrder } from '../../src/domain/order.ts';
import { decideAdjustStock } from '../../src/domain/product.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { defaultRules } from '../../src/domain/rules.ts';
import { decideCharge } from '../../src/domain/wallet.ts';
import { start, type Command } from './commands.ts';
import type { ModelState } from './shop-model.ts';

const dayMs = 24 * 60 * 60 * 1000;
const opening = new Date('2026-11-11T01:00:00.000Z');

/** The domain on rows in memory: what a batch wrote is what the next batch finds. */
export class ShopDomain {
  #lastId = 0;
  #now = opening;
  readonly #orderIds = new Map<number, string>();
  readonly #rows: LockedRows = {
    users: start.balances.map((_balance, user) => ({ userId: `user ${user}` })),
    wallets: start.balances.map((balance, user) => ({ userId: `user ${user}`, balance })),
    variants: start.variants.map(({ price, stock }, variant) => ({
      variantId: `variant ${variant}`, productId: `product ${variant}`, productStatus: 'ON_SALE', price, stock,
    })),
    coupons: start.campaigns.map(({ totalQuantity }, campaign) => ({
      couponId: `coupon ${campaign}`, totalQuantity, issuedQuantity: 0,
      startsAt: opening, endsAt: new Date(opening.getTime() + 10 * dayMs), lifeDays: 365,
    })),
    orders: [], issuedCoupons: [], couponHolders: [], cartItems: [],
  };

  /** Decides all commands on one set of books, as one transaction does; gives each one's answer. */
  runBatch(batch: { number: number; command: Command }[]): string[] {
    const books = new Books(this.#now, () => `id ${(this.#lastId += 1)}`, this.#rows);
    const answers = batch.map(({ number, command }) => {
      const before = books.entryCount;
      try {
        return this.#decide(books, number, command);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (books.entryCount !== before) throw new Error(`${error.code} after something was written`, { cause: error });
        return error.code;
      }
    });
    this.#keep(books);
    return answers;
  }

  #decide(books: Books, number: number, command: Command): string {
    switch (command.kind) {
      case 'charge':
        decideCharge(books, defaultRules, `user ${command.user}`, command.amount);
        return 'OK';
      case 'adjustStock':
        decideAdjustStock(books, `variant ${command.variant}`, command.delta, { operatorId: 'operator', reason: 'count' });
        return 'OK';
      case 'issue':
        decideIssue(books, `coupon ${command.campaign}`, `user ${command.user}`);
        return 'OK';
      case 'order':
      case 'hold': {
        const terms = this.#terms(command);
        const order = command.kind === 'order' ? decideOrder(books, terms) : decideHold(books, terms, defaultRules.holdMinutes);
        this.#orderIds.set(number, order.orderId);
        return order.failureReason ?? 'OK';
      }
      case 'pay':
        return decidePay(books, this.#orderId(command.order), actor).paid ? 'OK' : 'INSUFFICIENT_BALANCE';
      case 'cancel':
        decideCancel(books, defaultRules, this.#orderId(command.order), actor, null);
        return 'OK';
      case 'endHold': {
        const order = this.#rows.orders.find(({ orderId }) => orderId === this.#orderId(command.order));
        if (order?.status === 'PENDING') order.holdExpiresAt = this.#now;
        decideExpireHold(books, this.#orderId(command.order));
        return 'OK';
      }
    }
  }

  #terms({ user, lines, campaign }: Command & { kind: 'order' | 'hold' }): OrderTerms {
    const issuedCouponId =
      campaign === null
        ? undefined
        : (this.#rows.issuedCoupons.find(({ couponId, userId }) => couponId === `coupon ${campaign}` && userId === `user ${user}`)?.issuedCouponId ?? 'none');
    return {
      userId: `user ${user}`,
      lines: lines.map(({ variant, quantity }) => ({ productId: `product ${variant}`, quantity })),
      issuedCouponId,
      actor,
    };
  }

  #orderId(number: number): string {
    return this.#orderIds.get(number) ?? 'none';
  }

  #keep({ entries }: Books): void {
    this.#rows.orders.push(...entries.newOrders);
    for (const issued of entries.newIssuedCoupons) {
      const campaign = Number(issued.couponId.split(' ')[1]);
      const { totalQuantity: _, ...terms } = start.campaigns[campaign] ?? start.campaigns[0]!;
      this.#rows.issuedCoupons.push({ ...terms, ...issued, status: 'AVAILABLE', orderId: null });
      this.#rows.couponHolders.push(issued);
    }
  }

  state(): ModelState {
    const { wallets, variants, coupons, issuedCoupons, orders } = this.#rows;
    const statusOf = (campaign: number, user: number) =>
      issuedCoupons.find(({ couponId, userId }) => couponId === `coupon ${campaign}` && userId === `user ${user}`)?.status ?? null;
    return {
      balances: wallets.map(({ balance }) => balance),
      stocks: variants.map(({ stock }) => stock),
      issued: coupons.map(({ issuedQuantity }) => issuedQuantity),
      coupons: coupons.map((_, campaign) => wallets.map((__, user) => statusOf(campaign, user))),
      orders: Object.fromEntries([...this.#orderIds].map(([number, id]) => [number, orders.find(({ orderId }) => orderId === id)?.status ?? 'FAILED'])),
    };
  }
}

const actor: Actor = { changedBy: 'USER', userId: 'user' };
