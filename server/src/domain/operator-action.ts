/** One line of the audit log: what an operator did, to what, and how it stood before and after. */
export interface OperatorAction {
  id: string;
  operatorId: string;
  action: OperatorActionName;
  subjectType: 'product' | 'variant' | 'coupon' | 'order' | 'wallet';
  subjectId: string;
  reason: string | null;
  before: unknown;
  after: unknown;
  createdAt: Date;
}

export type OperatorActionName =
  | 'charge-wallet'
  | 'place-order'
  | 'hold-order'
  | 'order-cart'
  | 'pay-order'
  | 'issue-coupon'
  | 'create-product'
  | 'change-product'
  | 'create-variant'
  | 'change-variant'
  | 'adjust-stock'
  | 'create-coupon'
  | 'change-coupon'
  | 'move-delivery'
  | 'cancel-order'
  | 'adjust-wallet';
