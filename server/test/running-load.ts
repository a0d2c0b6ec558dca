import { randomUUID } from 'node:crypto';
import { sendTo } from './server-process.ts';

/** One order as its client saw it: the answer's status, or none where the connection broke. */
export interface SeenOrder {
  key: string;
  token: string;
  status: number | undefined;
  orderId: string | undefined;
}

export interface Load {
  seen: SeenOrder[];
  /** Resolves when so many orders have been accepted. */
  accepted: (count: number) => Promise<void>;
  /** Sends no more and waits for the answers under way. */
  end: () => Promise<SeenOrder[]>;
}

/** Each buyer orders one unit after the other, each order with an Idempotency-Key of its own, until ended or the server is gone. */
export function startLoad(url: string, tokens: string[], productId: string): Load {
  const run = randomUUID();
  const seen: SeenOrder[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let accepted = 0;
  const ending = new AbortController();

  async function buy(token: string, buyer: number): Promise<void> {
    for (let n = 0; !ending.signal.aborted; n += 1) {
      const order: SeenOrder = { key: `${run}-buyer-${buyer}-order-${n}`, token, status: undefined, orderId: undefined };
      seen.push(order);
      try {
        const { status, body } = await placeOrder(url, order, productId);
        order.status = status;
        order.orderId = body.orderId;
      } catch {
        return;
      }
      if (order.status === 201) accepted += 1;
      else return;
      for (const { resolve } of waiting.filter(({ count }) => accepted >= count)) resolve();
    }
  }

  const buyers = Promise.all(tokens.map(buy));
  return {
    seen,
    accepted: (count) => new Promise((resolve) => waiting.push({ count, resolve })),
    async end() {
      ending.abort();
      await buyers;
      return seen;
    },
  };
}

export function placeOrder(url: string, { key, token }: Pick<SeenOrder, 'key' | 'token'>, productId: string) {
  return sendTo(url, token, 'POST', '/order', { items: [{ productId, quantity: 1 }] }, { 'idempotency-key': key });
}
