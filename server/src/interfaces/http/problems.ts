import type { Language } from '../../application/views.ts';
import type { RefusalCode, RefusalDetails } from '../../domain/refusal.ts';

interface ProblemText {
  status: number;
  en: string;
  ko: string;
}

/** What each refusal code means over HTTP. `docs/errors.md` lists them in order of precedence and is checked against this table. */
export const problemTexts: Record<RefusalCode, ProblemText> = {
  MALFORMED_REQUEST: { status: 400, en: 'The request could not be understood.', ko: '요청을 해석할 수 없습니다.' },
  VALIDATION_FAILED: { status: 400, en: 'Some fields are not valid.', ko: '올바르지 않은 항목이 있습니다.' },
  INVALID_CURSOR: { status: 400, en: 'The cursor is not one that this list gave out.', ko: '이 목록에서 발급한 커서가 아닙니다.' },
  VARIANT_REQUIRED: {
    status: 400,
    en: 'The product has several variants; say which one with variantId.',
    ko: '옵션이 여러 개인 상품입니다. variantId로 옵션을 지정해 주세요.',
  },
  INVALID_QUANTITY: { status: 400, en: 'The quantity of a variant must be 1 to 1,000.', ko: '옵션별 수량은 1개 이상 1,000개 이하여야 합니다.' },
  INVALID_PRICE: {
    status: 400,
    en: 'A price must be positive, a multiple of the price step and not above the largest price.',
    ko: '가격은 0보다 크고 가격 단위의 배수이며 최대 가격을 넘지 않아야 합니다.',
  },
  TOO_MANY_ITEMS: { status: 400, en: 'An order has 1 to 100 distinct variants.', ko: '한 주문에는 1~100종류의 옵션을 담을 수 있습니다.' },
  UNAUTHENTICATED: { status: 401, en: 'A valid access token is needed.', ko: '유효한 액세스 토큰이 필요합니다.' },
  INVALID_CREDENTIALS: { status: 401, en: 'The email or the password is wrong.', ko: '이메일 또는 비밀번호가 올바르지 않습니다.' },
  INVALID_REFRESH_TOKEN: {
    status: 401,
    en: 'The refresh token is unknown, expired or already used. Log in again.',
    ko: '알 수 없거나 만료되었거나 이미 사용된 리프레시 토큰입니다. 다시 로그인해 주세요.',
  },
  FORBIDDEN: { status: 403, en: 'This is not yours to see or change.', ko: '접근하거나 변경할 권한이 없습니다.' },
  ROUTE_NOT_FOUND: { status: 404, en: 'There is nothing at this address.', ko: '요청한 주소를 찾을 수 없습니다.' },
  USER_NOT_FOUND: { status: 404, en: 'There is no such user.', ko: '사용자를 찾을 수 없습니다.' },
  PRODUCT_NOT_FOUND: { status: 404, en: 'There is no such product.', ko: '상품을 찾을 수 없습니다.' },
  VARIANT_NOT_FOUND: { status: 404, en: 'The product has no such variant.', ko: '상품에 해당 옵션이 없습니다.' },
  ORDER_NOT_FOUND: { status: 404, en: 'There is no such order.', ko: '주문을 찾을 수 없습니다.' },
  COUPON_NOT_FOUND: { status: 404, en: 'There is no such coupon.', ko: '쿠폰을 찾을 수 없습니다.' },
  ISSUED_COUPON_NOT_FOUND: { status: 404, en: 'You have no such coupon.', ko: '보유한 쿠폰이 아닙니다.' },
  CART_ITEM_NOT_FOUND: { status: 404, en: 'The cart has no such item.', ko: '장바구니에 해당 상품이 없습니다.' },
  METHOD_NOT_ALLOWED: { status: 405, en: 'This address does not take that method.', ko: '이 주소에서 지원하지 않는 메서드입니다.' },
  EMAIL_TAKEN: { status: 409, en: 'An account with this email exists already.', ko: '이미 가입된 이메일입니다.' },
  BALANCE_LIMIT_EXCEEDED: {
    status: 409,
    en: 'The balance would exceed the largest that a wallet may hold.',
    ko: '지갑의 최대 보유 한도를 초과합니다.',
  },
  STOCK_LIMIT_EXCEEDED: { status: 409, en: 'The stock would exceed the largest that can be kept.', ko: '보관할 수 있는 최대 재고를 초과합니다.' },
  NOT_STARTED: { status: 409, en: 'The coupon cannot be claimed yet.', ko: '아직 쿠폰 발급이 시작되지 않았습니다.' },
  ENDED: { status: 409, en: 'The coupon can no longer be claimed.', ko: '쿠폰 발급이 종료되었습니다.' },
  SOLD_OUT: { status: 409, en: 'All coupons have been claimed.', ko: '쿠폰이 모두 소진되었습니다.' },
  ALREADY_ISSUED: { status: 409, en: 'You have this coupon already.', ko: '이미 발급받은 쿠폰입니다.' },
  COUPON_TERMS_FIXED: {
    status: 409,
    en: 'The terms of a coupon are fixed once one has been issued.',
    ko: '발급이 시작된 쿠폰의 할인 조건은 변경할 수 없습니다.',
  },
  QUANTITY_BELOW_ISSUED: { status: 409, en: 'More coupons than that have been issued.', ko: '이미 발급된 수량보다 적게 설정할 수 없습니다.' },
  COUPON_NOT_USABLE: {
    status: 409,
    en: 'The coupon is used, expired, or the order is below its minimum.',
    ko: '이미 사용했거나 기한이 지났거나 최소 주문 금액에 미달하는 쿠폰입니다.',
  },
  CART_EMPTY: { status: 409, en: 'The cart is empty.', ko: '장바구니가 비어 있습니다.' },
  ORDER_NOT_PENDING: { status: 409, en: 'Only an unpaid order can be paid.', ko: '결제 대기 중인 주문만 결제할 수 있습니다.' },
  HOLD_EXPIRED: { status: 409, en: 'The time to pay the order is over.', ko: '주문의 결제 가능 시간이 지났습니다.' },
  ORDER_NOT_CANCELLABLE: { status: 409, en: 'The order can no longer be cancelled.', ko: '취소할 수 없는 주문입니다.' },
  INVALID_DELIVERY_TRANSITION: { status: 409, en: 'The delivery cannot go there from where it is.', ko: '현재 배송 상태에서 변경할 수 없는 상태입니다.' },
  OPTIONS_FIXED: { status: 409, en: 'The product has no such option.', ko: '상품에 없는 옵션입니다.' },
  COMBINATION_TAKEN: { status: 409, en: 'The product has a variant of this combination already.', ko: '이미 존재하는 옵션 조합입니다.' },
  TOO_MANY_VARIANTS: { status: 409, en: 'The product has as many variants as it can have.', ko: '한 상품에 등록할 수 있는 옵션 조합 수를 초과합니다.' },
  PRODUCT_NOT_ON_SALE: { status: 409, en: 'The product is not on sale.', ko: '판매 중인 상품이 아닙니다.' },
  OUT_OF_STOCK: { status: 409, en: 'There is not enough stock.', ko: '재고가 부족합니다.' },
  INSUFFICIENT_BALANCE: { status: 409, en: 'The balance is not enough.', ko: '잔액이 부족합니다.' },
  PRECONDITION_FAILED: {
    status: 412,
    en: 'It has been changed since you read it; see `current`.',
    ko: '조회한 뒤 변경되었습니다. `current`를 확인해 주세요.',
  },
  PAYLOAD_TOO_LARGE: { status: 413, en: 'The request is too large.', ko: '요청 본문이 너무 큽니다.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, en: 'Send the body as application/json.', ko: '본문은 application/json 형식이어야 합니다.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    en: 'This Idempotency-Key was used for a different request.',
    ko: '이 Idempotency-Key는 다른 요청에 이미 사용되었습니다.',
  },
  RATE_LIMITED: { status: 429, en: 'Too many requests. Try again later.', ko: '요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.' },
  INTERNAL: { status: 500, en: 'Something went wrong on our side.', ko: '서버에 문제가 발생했습니다.' },
  OVERLOADED: { status: 503, en: 'Too busy to take this now. Try again in a moment.', ko: '요청이 몰려 있습니다. 잠시 후 다시 시도해 주세요.' },
  UNAVAILABLE: { status: 503, en: 'Not available right now. Try again in a moment.', ko: '일시적으로 이용할 수 없습니다. 잠시 후 다시 시도해 주세요.' },
};

export interface FieldError {
  field: string;
  message: string;
}

/** An RFC 9457 problem. `details` are added as extension members. */
export interface Problem extends RefusalDetails {
  title: string;
  status: number;
  code: RefusalCode;
}

export function problem(code: RefusalCode, language: Language, details: RefusalDetails = {}): Problem {
  const { status, [language]: title } = problemTexts[code];
  return { ...details, type: 'about:blank', title, status, code };
}
