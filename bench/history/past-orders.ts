import { Books } from '../../server/src/domain/books.ts';
import type { Campaign } from '../../server/src/domain/campaign.ts';
import { type IssuedCoupon, decideIssue } from '../../server/src/domain/coupon.ts';
import { decideCancel, decideDelivery, decideExpireHold } from '../../server/src/domain/order-lifecycle.ts';
import { type Actor, type Order, decideHold, decideOrder } from '../../server/src/domain/order.ts';
import type { Variant } from '../../server/src/domain/product.ts';
import { defaultRules } from '../../server/src/domain/rules.ts';
import { type Wallet, decideCharge } from '../../server/src/domain/wallet.ts';
import { idsAt } from '../../server/src/infrastructure/postgres/ids.ts';
import { chanceFrom } from './chance.ts';
import { isLimited, isThrifty } from './past-shop.ts';

export interface PastShop {
  wallets: Wallet[];
  variants: Variant[];
  /** One after the other over the whole period. */
  campaigns: Campaign[];
  /** Units that come when a variant has nearly run out. */
  stock: number;
}

/** Entries to save. An issued coupon must be there before an order uses it. */
export interface Page {
  issues: Books;
  rest: Books;
  /** Orders until now. */
  done: number;
}

export interface Period {
  fromMs: number;
  toMs: number;
}

/** An order that is decided once more when it is due: a cancellation, or the end of a hold. */
interface Unsettled {
  order: Order;
  wallet: Wallet;
  variants: Variant[];
  coupon: IssuedCoupon | undefined;
  dueMs: number;
}

export const dayMs = 24 * 60 * 60 * 1000;
/** Older events have been cleaned up, as by the housekeeping of a running server. */
const eventsKeptMs = 7 * dayMs;
const ordersPerPage = 2_000;
const settledAfterMs = defaultRules.holdMinutes * 60_000;
const deliveries = [{ next: 'SHIPPING', afterMs: dayMs }, { next: 'DELIVERED', afterMs: 3 * dayMs }] as const;
const hotVariants = 10;
/** No wallet is ever too full: what was refused for that is no history worth having. */
const rules = { ...defaultRules, walletBalanceMax: Number.MAX_SAFE_INTEGER, walletChargeMax: Number.MAX_SAFE_INTEGER };
const chargeStep = 100_000;
const carrier: Actor = { changedBy: 'SYSTEM', userId: null };

/**
 * The history of a shop, order after order through the rules of the shop itself, so that it is what a server would have written. Gives pages
 * of entries, in the order of time, for the caller to save; wallets and variants are left as they are at the end, also for the caller.
 *
 * A tenth of the orders has one of ten hot variants; the others are spread, the first variants more than the last. About 3 % are cancelled,
 * 1 % are holds that nobody paid, 5 % use a coupon, and a few fail: limited variants sell out, and thrifty buyers run out of money.
 */
export function* pastOrders(shop: PastShop, count: number, period: Period): Generator<Page> {
  const past = new Past(shop, period, chanceFrom(count));
  for (let n = 0; n < count; n += 1) {
    past.order(timeOf(n / count, period));
    if ((n + 1) % ordersPerPage === 0) yield { ...past.takePage(), done: n + 1 };
  }
  past.end();
  yield { ...past.takePage(), done: count };
}

/** Evenly over the days; over each day more in the evening than at night. Whole milliseconds, in which nothing else happens. */
function timeOf(share: number, { fromMs, toMs }: Period): number {
  const evenMs = fromMs + share * (toMs - fromMs);
  return Math.floor(evenMs + 0.1 * dayMs * Math.sin((evenMs / dayMs) * 2 * Math.PI) - 0.1 * dayMs);
}

class Past {
  readonly #shop: PastShop;
  readonly #period: Period;
  readonly #chance: () => number;
  readonly #limited: Set<Variant>;
  /** By buyer: the number, from 1, of the campaign whose coupon they took last. */
  readonly #lastCampaign: Uint8Array;
  readonly #unsettled: Unsettled[] = [];
  /** Of the present page. */
  #issues: Books;
  #rest: Books;

  constructor(shop: PastShop, period: Period, chance: () => number) {
    this.#shop = shop;
    this.#period = period;
    this.#chance = chance;
    this.#limited = new Set(shop.variants.filter((_, n) => isLimited(n)));
    this.#lastCampaign = new Uint8Array(shop.wallets.length);
    this.#issues = this.#open(period.fromMs, 0, {});
    this.#rest = this.#open(period.fromMs, 0, {});
  }

  /** One order at that time, after all that was due before it. */
  order(atMs: number): void {
    while (this.#unsettled[0] && this.#unsettled[0].dueMs < atMs) this.#settle(this.#unsettled.shift() as Unsettled);
    const buyer = Math.floor(this.#chance() * this.#shop.wallets.length);
    const wallet = this.#shop.wallets[buyer] as Wallet;
    const variants = this.#pickVariants();
    const coupon = this.#claimCoupon(atMs, buyer, wallet);
    const books = this.#open(atMs, 500, { wallets: [wallet], variants, issuedCoupons: coupon ? [coupon] : [] });
    const lines = variants.map(({ productId, variantId }) => ({ productId, variantId, quantity: 1 + Math.floor(this.#chance() * 2) }));
    for (const variant of variants) if (variant.stock < 2 && !this.#limited.has(variant)) books.changeStock(variant.variantId, 'ADJUST', this.#shop.stock, {});
    const price = variants.reduce((sum, variant, line) => sum + variant.price * (lines[line]?.quantity ?? 0), 0);
    if (wallet.balance < price && !isThrifty(buyer)) {
      decideCharge(books, rules, wallet.userId, Math.ceil((price - wallet.balance) / chargeStep) * chargeStep);
    }
    const uses = this.#chance() < 0.7 ? coupon?.issuedCouponId : undefined;
    this.#decide(books, { userId: wallet.userId, lines, issuedCouponId: uses, actor: userOf(wallet) }, { wallet, variants, coupon, dueMs: atMs + settledAfterMs });
  }

  /** What is not due before the end of the period is left as it is. */
  end(): void {
    for (const unsettled of this.#unsettled.splice(0)) {
      if (unsettled.dueMs < this.#period.toMs) this.#settle(unsettled);
      else this.#rest.entries.newOrders.push(unsettled.order);
    }
  }

  takePage(): Omit<Page, 'done'> {
    const page = { issues: this.#issues, rest: this.#rest };
    this.#issues = this.#open(this.#period.fromMs, 0, {});
    this.#rest = this.#open(this.#period.fromMs, 0, {});
    return page;
  }

  #open(atMs: number, microseconds: number, rows: ConstructorParameters<typeof Books>[2]): Books {
    return new Books(new Date(atMs), idsAt(atMs * 1000 + microseconds), rows);
  }

  #pickVariants(): Variant[] {
    const { variants } = this.#shop;
    const picked = new Set<Variant>();
    for (let lines = 1 + Math.floor(this.#chance() * 3); lines > 0; lines -= 1) {
      const hot = picked.size === 0 && this.#chance() < 0.1;
      const n = hot ? this.#chance() * Math.min(hotVariants, variants.length) : this.#chance() ** 2 * variants.length;
      picked.add(variants[Math.floor(n)] as Variant);
    }
    return [...picked];
  }

  #claimCoupon(atMs: number, buyer: number, wallet: Wallet): IssuedCoupon | undefined {
    const { campaigns } = this.#shop;
    const number = campaigns.findIndex(({ startsAt, endsAt }) => startsAt.getTime() <= atMs && atMs < endsAt.getTime());
    const campaign = campaigns[number];
    if (!campaign || this.#chance() >= 0.08 || this.#lastCampaign[buyer] === number + 1 || campaign.issuedQuantity >= campaign.totalQuantity) return undefined;
    this.#lastCampaign[buyer] = number + 1;
    const books = this.#open(atMs, 0, { users: [wallet], coupons: [campaign] });
    const { issuedCouponId, couponId, userId, expiresAt } = decideIssue(books, campaign.couponId, wallet.userId);
    this.#keep(books, this.#issues);
    return { ...campaign, issuedCouponId, couponId, userId, expiresAt, status: 'AVAILABLE', orderId: null };
  }

  #decide(books: Books, terms: Parameters<typeof decideOrder>[1], touched: Omit<Unsettled, 'order'>): void {
    const chance = this.#chance();
    const order = chance < 0.01 ? decideHold(books, terms, rules.holdMinutes) : decideOrder(books, terms);
    this.#keep(books);
    if (order.status === 'PENDING' || (order.status === 'SUCCESS' && chance < 0.04)) {
      this.#unsettled.push({ ...touched, order });
      return;
    }
    this.#rest.entries.newOrders.push(order);
    if (order.status === 'SUCCESS') this.#deliver(order);
  }

  #settle({ order, wallet, variants, coupon, dueMs }: Unsettled): void {
    const books = this.#open(dueMs, 0, { wallets: [wallet], variants, orders: [order], issuedCoupons: coupon ? [coupon] : [] });
    if (order.status === 'PENDING') decideExpireHold(books, order.orderId);
    else decideCancel(books, rules, order.orderId, userOf(wallet), null);
    this.#keep(books);
    this.#rest.entries.newOrders.push(order);
  }

  /** Nothing else depends on a delivery, so it need not wait until it is due. */
  #deliver(order: Order): void {
    for (const { next, afterMs } of deliveries) {
      const atMs = order.createdAt.getTime() + afterMs;
      if (atMs > this.#period.toMs) return;
      const books = this.#open(atMs, 0, { orders: [order] });
      decideDelivery(books, order.orderId, next, carrier);
      this.#keep(books);
    }
  }

  /** An order itself is kept once it is settled: it is saved as it stands then. */
  #keep({ entries, now }: Books, { entries: page }: Books = this.#rest): void {
    page.walletTransactions.push(...entries.walletTransactions);
    page.stockMovements.push(...entries.stockMovements);
    page.orderStatusChanges.push(...entries.orderStatusChanges);
    page.payments.push(...entries.payments);
    page.newIssuedCoupons.push(...entries.newIssuedCoupons);
    page.couponHistory.push(...entries.couponHistory);
    for (const [id, coupon] of entries.changedIssuedCoupons) page.changedIssuedCoupons.set(id, coupon);
    for (const [id, coupon] of entries.changedCoupons) page.changedCoupons.set(id, coupon);
    if (this.#period.toMs - now.getTime() < eventsKeptMs) page.events.push(...entries.events);
  }
}

function userOf({ userId }: Wallet): Actor {
  return { changedBy: 'USER', userId };
}
