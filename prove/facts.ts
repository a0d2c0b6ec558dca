import type { Recorded } from './client.ts';
import type { Line } from './operations.ts';

/**
 * Everything that can be said about the books, one fact a line, each with a number: how often it is true, or an amount. The same
 * facts are told by the client's record (here) and by the database (`stored-facts.ts`); then they are compared.
 */
export class Facts {
  readonly amounts = new Map<string, number>();
  /** The keys of the requests whose answers a fact rests on. */
  readonly because = new Map<string, string[]>();

  add(fact: string, amount = 1, key?: string | null): void {
    this.amounts.set(fact, (this.amounts.get(fact) ?? 0) + amount);
    if (key === undefined) return;
    const keys = this.because.get(fact);
    if (keys) keys.push(key ?? 'no key');
    else this.because.set(fact, [key ?? 'no key']);
  }
}

/** What there was before the first request. */
export interface Opening {
  balances: Map<string, number>;
  variants: Map<string, { stock: number; price: number }>;
  coupons: Map<string, { total: number }>;
}

/** The books as they must be if every answer was true, and only what was answered took place. */
export function factsOfRecord({ balances, variants, coupons }: Opening, record: Recorded[]): Facts {
  const facts = new Facts();
  for (const [userId, balance] of balances) {
    facts.add(`balance of user ${userId}`, balance);
    if (balance > 0) facts.add(`CHARGE ${balance} of user ${userId}`);
  }
  for (const [variantId, { stock }] of variants) {
    facts.add(`stock of variant ${variantId}`, stock);
    if (stock > 0) facts.add(`ADJUST ${stock} of variant ${variantId}`);
  }
  for (const couponId of coupons.keys()) facts.add(`issued quantity of coupon ${couponId}`, 0);
  const orders = new Map<string, OrderSeen>();
  for (const recorded of record) addAnswer(facts, variants, orders, recorded);
  for (const [orderId, order] of orders) addOrder(facts, variants, orderId, order);
  return facts;
}

interface OrderSeen {
  userId: string;
  items: Line[];
  couponId: string | undefined;
  totalPrice: number;
  failureReason: string | null;
  /** Keys of the requests that were answered with a payment or a cancellation. */
  paidBy: string[];
  cancelledBy: string[];
  keys: string[];
}

function addAnswer(facts: Facts, variants: Opening['variants'], orders: Map<string, OrderSeen>, { buyer, operation, key, answer }: Recorded): void {
  if (!answer) return;
  const { userId } = buyer;
  const { status, body } = answer;
  const accepted = status < 300;
  switch (operation.kind) {
    case 'charge':
      if (accepted && operation.amount > 0) {
        facts.add(`CHARGE ${operation.amount} of user ${userId}`, 1, key);
        facts.add(`balance of user ${userId}`, operation.amount);
      }
      return;
    case 'claim':
      if (accepted) {
        facts.add(`place ${body.sequence} of coupon ${operation.couponId} is issued coupon ${body.issuedCouponId} of user ${userId}`, 1, key);
        facts.add(`issued quantity of coupon ${operation.couponId}`, 1);
      }
      return;
    case 'order':
    case 'hold': {
      if (body.orderId === undefined) return;
      const { items, couponId } = operation;
      const failureReason = accepted ? null : (body.code ?? '');
      const keys = [key ?? 'no key'];
      // One order cannot be the answer to two requests: then its facts count double and the database does not agree.
      const seen = orders.get(body.orderId);
      if (seen) return void seen.keys.push(...keys);
      const totalPrice = priceOf(variants, items) - (body.discountAmount ?? 0);
      const paidBy = operation.kind === 'order' && accepted ? keys : [];
      orders.set(body.orderId, { userId, items, couponId, totalPrice, failureReason, paidBy: [...paidBy], cancelledBy: [], keys });
      if (operation.kind === 'order' && !accepted) facts.add(`FAILED payment of order ${body.orderId}`, 1, key);
      return;
    }
    case 'pay':
      if (accepted) orders.get(operation.orderId)?.paidBy.push(key ?? 'no key');
      else if (body.code === 'INSUFFICIENT_BALANCE') facts.add(`FAILED payment of order ${operation.orderId}`, 1, key);
      return;
    case 'cancel':
      if (accepted) orders.get(operation.orderId)?.cancelledBy.push(key ?? 'no key');
  }
}

function addOrder(facts: Facts, variants: Opening['variants'], orderId: string, order: OrderSeen): void {
  const { userId, items, couponId, totalPrice, failureReason, paidBy, cancelledBy, keys } = order;
  const status = failureReason !== null ? `FAILED ${failureReason}` : cancelledBy.length > 0 ? 'CANCELLED' : paidBy.length > 0 ? 'SUCCESS' : 'PENDING';
  const why = [...new Set([...keys, ...paidBy, ...cancelledBy])].join(', ');
  const known = failureReason === null ? ` and costs ${totalPrice}` : '';
  facts.add(`order ${orderId} of user ${userId} is ${status}${known}`, keys.length, why);
  for (const { variantId, quantity } of items) {
    facts.add(`order ${orderId} has ${quantity} of variant ${variantId} at ${variants.get(variantId)?.price}`, 1, why);
  }
  if (failureReason !== null) return;

  for (const key of paidBy) {
    facts.add(`SUCCESS payment of ${totalPrice} for order ${orderId}`, 1, key);
    moveMoney('PAYMENT', -totalPrice, key);
  }
  for (const { variantId, quantity } of items) moveStock('SALE', variantId, -quantity, keys);
  for (const key of cancelledBy) {
    if (paidBy.length > 0) moveMoney('REFUND', totalPrice, key);
    for (const { variantId, quantity } of items) moveStock(paidBy.length > 0 ? 'CANCEL' : 'RELEASE', variantId, quantity, [key]);
  }
  if (couponId !== undefined && cancelledBy.length === 0) facts.add(`issued coupon ${couponId} is used by order ${orderId}`, 1, why);

  function moveMoney(type: string, amount: number, key: string): void {
    if (amount === 0) return;
    facts.add(`${type} ${amount} of user ${userId} for order ${orderId}`, 1, key);
    facts.add(`balance of user ${userId}`, amount);
  }

  function moveStock(type: string, variantId: string, quantity: number, because: string[]): void {
    facts.add(`${type} ${quantity} of variant ${variantId} for order ${orderId}`, 1, because.join(', '));
    facts.add(`stock of variant ${variantId}`, quantity);
  }
}

export function priceOf(variants: Opening['variants'], items: Line[]): number {
  return items.reduce((sum, { variantId, quantity }) => sum + (variants.get(variantId)?.price ?? 0) * quantity, 0);
}
