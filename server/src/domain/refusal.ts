/**
 * Everything Openrun refuses on purpose. The codes are part of the API: clients switch on them, so a code is never renamed.
 * `interfaces/http/problems.ts` gives each its HTTP status and its English and Korean message; a code without them does not compile.
 */
export type RefusalCode =
  // The request itself is wrong.
  | 'VALIDATION_FAILED'
  | 'MALFORMED_REQUEST'
  | 'INVALID_CURSOR'
  | 'VARIANT_REQUIRED'
  | 'TOO_MANY_ITEMS'
  | 'INVALID_QUANTITY'
  | 'INVALID_PRICE'
  // Who asks.
  | 'UNAUTHENTICATED'
  | 'INVALID_CREDENTIALS'
  | 'INVALID_REFRESH_TOKEN'
  | 'FORBIDDEN'
  // What does not exist.
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'USER_NOT_FOUND'
  | 'PRODUCT_NOT_FOUND'
  | 'VARIANT_NOT_FOUND'
  | 'ORDER_NOT_FOUND'
  | 'COUPON_NOT_FOUND'
  | 'ISSUED_COUPON_NOT_FOUND'
  | 'CART_ITEM_NOT_FOUND'
  // Business rules.
  | 'EMAIL_TAKEN'
  | 'BALANCE_LIMIT_EXCEEDED'
  | 'STOCK_LIMIT_EXCEEDED'
  | 'NOT_STARTED'
  | 'ENDED'
  | 'SOLD_OUT'
  | 'ALREADY_ISSUED'
  | 'COUPON_TERMS_FIXED'
  | 'QUANTITY_BELOW_ISSUED'
  | 'CART_EMPTY'
  | 'ORDER_NOT_PENDING'
  | 'HOLD_EXPIRED'
  | 'ORDER_NOT_CANCELLABLE'
  | 'INVALID_DELIVERY_TRANSITION'
  | 'OPTIONS_FIXED'
  | 'COMBINATION_TAKEN'
  | 'TOO_MANY_VARIANTS'
  | 'PRECONDITION_FAILED'
  | OrderFailureReason
  // How it was sent, and how busy we are.
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'RATE_LIMITED'
  | 'OVERLOADED'
  | 'UNAVAILABLE'
  | 'INTERNAL';

/** Why an order, or one attempt to pay it, failed. Kept in `orders.failure_reason` and `payments.failure_reason`. */
export const orderFailureReasons = ['PRODUCT_NOT_ON_SALE', 'OUT_OF_STOCK', 'COUPON_NOT_USABLE', 'INSUFFICIENT_BALANCE'] as const;
export type OrderFailureReason = (typeof orderFailureReasons)[number];

/** Facts that help the caller to act on a refusal, such as the id of the order kept as FAILED. Never internals. */
export type RefusalDetails = Record<string, unknown>;

/** An expected refusal: the request was understood, nothing was changed, and the code says why. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: RefusalDetails;

  constructor(code: RefusalCode, details: RefusalDetails = {}) {
    // A refusal is an answer, not a fault: where it was made tells nothing, and the trace would cost more than the decision.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(code);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** A state that the rules make impossible. It is a bug: the transaction is rolled back and the request answers 500. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}

export function assertInvariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantBroken(what);
}
