import { start, type Command } from './commands.ts';

type CouponStatus = 'AVAILABLE' | 'USED';
interface ModelOrder {
  user: number;
  lines: Map<number, number>;
  total: number;
  campaign: number | null;
  status: 'PENDING' | 'SUCCESS' | 'FAILED' | 'CANCELLED';
}

/** The state that a run is compared by. Orders by the number of the command that made them. */
export interface ModelState {
  balances: number[];
  stocks: number[];
  issued: number[];
  /** By campaign and user; null where the user has none. */
  coupons: (CouponStatus | null)[][];
  orders: Record<number, ModelOrder['status']>;
}

const balanceMax = 1_000_000;

/**
 * The rules of the requirements once more, as plainly as they can be written and without a line of the product's code. Each
 * command answers OK or the code of its refusal.
 */
export class ShopModel {
  balances = [...start.balances];
  stocks = start.variants.map(({ stock }) => stock);
  issued = start.campaigns.map(() => 0);
  coupons: (CouponStatus | null)[][] = start.campaigns.map(() => start.balances.map(() => null));
  orders = new Map<number, ModelOrder>();

  copy(): ShopModel {
    const copy = new ShopModel();
    copy.balances = [...this.balances];
    copy.stocks = [...this.stocks];
    copy.issued = [...this.issued];
    copy.coupons = this.coupons.map((row) => [...row]);
    copy.orders = new Map([...this.orders].map(([number, order]) => [number, { ...order }]));
    return copy;
  }

  state(): ModelState {
    const { balances, stocks, issued, coupons } = this;
    return structuredClone({ balances, stocks, issued, coupons, orders: Object.fromEntries([...this.orders].map(([n, { status }]) => [n, status])) });
  }

  run(number: number, command: Command): string {
    switch (command.kind) {
      case 'charge': {
        const balance = (this.balances[command.user] ?? 0) + command.amount;
        if (balance > balanceMax) return 'BALANCE_LIMIT_EXCEEDED';
        this.balances[command.user] = balance;
        return 'OK';
      }
      case 'adjustStock': {
        const stock = (this.stocks[command.variant] ?? 0) + command.delta;
        if (stock < 0) return 'OUT_OF_STOCK';
        this.stocks[command.variant] = stock;
        return 'OK';
      }
      case 'issue':
        return this.#issue(command.user, command.campaign);
      case 'order':
      case 'hold':
        return this.#order(number, command);
      case 'pay':
        return this.#pay(command.order);
      case 'cancel':
        return this.#cancel(command.order);
      case 'endHold': {
        const order = this.orders.get(command.order);
        if (order?.status === 'PENDING') this.#giveBack(order);
        return 'OK';
      }
    }
  }

  #issue(user: number, campaign: number): string {
    const row = this.coupons[campaign];
    const total = start.campaigns[campaign]?.totalQuantity ?? 0;
    if (!row || (this.issued[campaign] ?? 0) >= total) return 'SOLD_OUT';
    if (row[user] !== null) return 'ALREADY_ISSUED';
    row[user] = 'AVAILABLE';
    this.issued[campaign] = (this.issued[campaign] ?? 0) + 1;
    return 'OK';
  }

  #order(number: number, { kind, user, lines: wanted, campaign }: Command & { kind: 'order' | 'hold' }): string {
    if (campaign !== null && this.coupons[campaign]?.[user] === null) return 'ISSUED_COUPON_NOT_FOUND';
    const lines = new Map<number, number>();
    for (const { variant, quantity } of wanted) lines.set(variant, (lines.get(variant) ?? 0) + quantity);
    const price = [...lines].reduce((sum, [variant, quantity]) => sum + (start.variants[variant]?.price ?? 0) * quantity, 0);
    const terms = campaign === null ? undefined : start.campaigns[campaign];
    const unusable = terms && (this.coupons[campaign ?? 0]?.[user] === 'USED' || price < terms.minimumOrderAmount);
    const percent = terms?.discountType === 'PERCENT' ? Math.floor((price * terms.discountValue) / 100) : (terms?.discountValue ?? 0);
    const discount = unusable ? 0 : Math.min(percent, terms?.discountMax ?? percent, price);
    const total = price - discount;

    let failure: string | undefined;
    if ([...lines].some(([variant, quantity]) => (this.stocks[variant] ?? 0) < quantity)) failure = 'OUT_OF_STOCK';
    else if (unusable) failure = 'COUPON_NOT_USABLE';
    else if (kind === 'order' && (this.balances[user] ?? 0) < total) failure = 'INSUFFICIENT_BALANCE';
    const order: ModelOrder = { user, lines, total, campaign, status: failure ? 'FAILED' : 'PENDING' };
    this.orders.set(number, order);
    if (failure) return failure;

    for (const [variant, quantity] of lines) this.stocks[variant] = (this.stocks[variant] ?? 0) - quantity;
    this.#setCoupon(order, 'USED');
    if (kind === 'order') this.#settle(order);
    return 'OK';
  }

  #pay(number: number): string {
    const order = this.orders.get(number);
    if (!order) return 'ORDER_NOT_FOUND';
    if (order.status !== 'PENDING') return 'ORDER_NOT_PENDING';
    if ((this.balances[order.user] ?? 0) < order.total) return 'INSUFFICIENT_BALANCE';
    this.#settle(order);
    return 'OK';
  }

  #cancel(number: number): string {
    const order = this.orders.get(number);
    if (!order) return 'ORDER_NOT_FOUND';
    if (order.status !== 'PENDING' && order.status !== 'SUCCESS') return 'ORDER_NOT_CANCELLABLE';
    const refund = order.status === 'SUCCESS' ? order.total : 0;
    const balance = (this.balances[order.user] ?? 0) + refund;
    if (balance > balanceMax) return 'BALANCE_LIMIT_EXCEEDED';
    this.balances[order.user] = balance;
    this.#giveBack(order);
    return 'OK';
  }

  #settle(order: ModelOrder): void {
    this.balances[order.user] = (this.balances[order.user] ?? 0) - order.total;
    order.status = 'SUCCESS';
  }

  #giveBack(order: ModelOrder): void {
    for (const [variant, quantity] of order.lines) this.stocks[variant] = (this.stocks[variant] ?? 0) + quantity;
    this.#setCoupon(order, 'AVAILABLE');
    order.status = 'CANCELLED';
  }

  #setCoupon({ campaign, user }: ModelOrder, status: CouponStatus): void {
    const row = campaign === null ? undefined : this.coupons[campaign];
    if (row) row[user] = status;
  }
}
