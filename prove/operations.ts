/** What buyers ask for, and how that is said over HTTP. */
export interface Buyer {
  userId: string;
  token: string;
}

export interface Line {
  productId: string;
  variantId: string;
  quantity: number;
}

export type Operation =
  | { kind: 'charge'; amount: number }
  /** `order` pays at once, `hold` is paid later; `couponId` is the issued coupon's id. */
  | { kind: 'order' | 'hold'; items: Line[]; couponId?: string }
  | { kind: 'pay' | 'cancel'; orderId: string }
  | { kind: 'claim'; couponId: string };

/** The fields of answers that are compared with the database. */
export interface AnswerBody {
  code?: string;
  orderId?: string;
  totalPrice?: number;
  discountAmount?: number;
  paidAt?: string | null;
  issuedCouponId?: string;
  sequence?: number;
  currentBalance?: number;
}

export function pathAndBody(operation: Operation): { path: string; body?: unknown } {
  switch (operation.kind) {
    case 'charge':
      return { path: '/balance/charge', body: { amount: operation.amount } };
    case 'order':
    case 'hold': {
      const { kind, items, couponId } = operation;
      return { path: kind === 'order' ? '/order' : '/orders', body: { items, ...(couponId !== undefined && { couponId }) } };
    }
    case 'pay':
    case 'cancel':
      return { path: `/orders/${operation.orderId}/${operation.kind}` };
    case 'claim':
      return { path: `/coupons/${operation.couponId}/issue` };
  }
}
