import type { ColumnType, Generated } from 'kysely';
import type { CouponAction, DiscountType } from '../../domain/coupon.ts';
import type { OutboxEvent } from '../../domain/event.ts';
import type { OperatorAction, OperatorActionName } from '../../domain/operator-action.ts';
import type { ChangedBy, DeliveryStatus, OrderStatus } from '../../domain/order.ts';
import type { ProductStatus, StockMovementType } from '../../domain/product.ts';
import type { OrderFailureReason } from '../../domain/refusal.ts';
import type { Role } from '../../domain/user.ts';
import type { WalletTransactionType } from '../../domain/wallet.ts';

/** The tables as `migrations/` make them, for Kysely. */
export interface Tables {
  users: {
    id: string;
    email: string;
    name: string;
    phone: string | null;
    role: Role;
    password_hash: string;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  sessions: {
    id: string;
    user_id: string;
    created_at: Generated<Date>;
    expires_at: Date;
    revoked_at: Date | null;
  };
  refresh_tokens: {
    token_hash: Buffer;
    session_id: string;
    created_at: Generated<Date>;
    used_at: Date | null;
  };
  products: {
    id: string;
    category: string;
    name_ko: string;
    name_en: string;
    description_ko: string;
    description_en: string;
    base_price: number;
    status: ProductStatus;
    version: Generated<number>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  product_images: { product_id: string; position: number; url: string; is_main: boolean };
  product_options: {
    id: string;
    product_id: string;
    position: number;
    name_ko: string;
    name_en: string;
    value_ko: string;
    value_en: string;
  };
  variants: {
    id: string;
    product_id: string;
    combination: string;
    additional_price: number;
    price: number;
    stock: number;
  };
  variant_options: { variant_id: string; option_id: string; product_id: string };
  wallets: { user_id: string; balance: number };
  wallet_transactions: {
    user_id: string;
    id: string;
    type: WalletTransactionType;
    amount: number;
    balance_before: number;
    balance_after: number;
    order_id: string | null;
    operator_id: string | null;
    reason: string | null;
    created_at: Date;
  };
  orders: {
    id: string;
    user_id: string;
    status: OrderStatus;
    delivery_status: DeliveryStatus | null;
    items_price: number;
    discount_amount: number;
    total_price: number;
    failure_reason: OrderFailureReason | null;
    issued_coupon_id: string | null;
    created_at: Date;
    paid_at: Date | null;
    hold_expires_at: Date | null;
    cancelled_at: Date | null;
  };
  order_items: { order_id: string; variant_id: string; position: number; quantity: number; unit_price: number };
  order_status_history: {
    order_id: string;
    id: string;
    status: OrderStatus;
    delivery_status: DeliveryStatus | null;
    reason: string | null;
    changed_by: ChangedBy;
    changed_by_user_id: string | null;
    created_at: Date;
  };
  payments: {
    order_id: string;
    id: string;
    status: 'SUCCESS' | 'FAILED';
    amount: number;
    failure_reason: OrderFailureReason | null;
    created_at: Date;
  };
  stock_movements: {
    variant_id: string;
    id: string;
    type: StockMovementType;
    quantity: number;
    stock_before: number;
    stock_after: number;
    order_id: string | null;
    operator_id: string | null;
    reason: string | null;
    created_at: Date;
  };
  coupons: {
    id: string;
    name_ko: string;
    name_en: string;
    discount_type: DiscountType;
    discount_value: number;
    discount_max: number | null;
    minimum_order_amount: number;
    total_quantity: number;
    issued_quantity: Generated<number>;
    starts_at: Date;
    ends_at: Date;
    life_days: number;
    version: Generated<number>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  issued_coupons: {
    id: string;
    coupon_id: string;
    user_id: string;
    sequence: number;
    status: 'AVAILABLE' | 'USED';
    issued_at: Date;
    expires_at: Date;
    used_at: Date | null;
    order_id: string | null;
    expiry_recorded: Generated<boolean>;
  };
  coupon_history: { issued_coupon_id: string; id: string; action: CouponAction; order_id: string | null; created_at: Date };
  cart_items: { user_id: string; variant_id: string; id: string; quantity: number; created_at: Generated<Date> };
  operator_actions: {
    id: string;
    operator_id: string;
    action: OperatorActionName;
    subject_type: OperatorAction['subjectType'];
    subject_id: string;
    reason: string | null;
    before: unknown;
    after: unknown;
    created_at: Date;
  };
  top_product_snapshots: { taken_for: string; days: number; position: number; product_id: string; units: number };
  idempotency_keys: { caller_id: string; key: string; request_hash: Buffer; answer: unknown; order_id: string | null; created_at: Date };
  outbox: {
    transaction_id: Generated<string>;
    position: Generated<number>;
    event_id: string;
    type: OutboxEvent['type'];
    subject: string;
    data: ColumnType<OutboxEvent['data'], string, never>;
    created_at: Date;
  };
  outbox_readers: { reader: string; next_transaction_id: string; updated_at: Date };
  product_sales_hourly: { hour: Date; product_id: string; units: number; revenue: number };
  product_sales_daily: { day: string; product_id: string; units: number };
}
