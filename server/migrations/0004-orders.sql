-- Orders and everything that one writes: items, status history, payments, stock movements, wallet transactions.
-- Histories are keyed by their owner first, so that one index serves the foreign key and the newest-first page.

CREATE TABLE orders (
  id              uuid PRIMARY KEY,
  user_id         uuid NOT NULL REFERENCES users (id),
  status          text NOT NULL CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED', 'CANCELLED')),
  delivery_status text CHECK (delivery_status IN ('PREPARING', 'SHIPPING', 'DELIVERED')),
  items_price     bigint NOT NULL CHECK (items_price >= 0),
  discount_amount bigint NOT NULL CHECK (discount_amount BETWEEN 0 AND items_price),
  total_price     bigint NOT NULL CHECK (total_price = items_price - discount_amount),
  failure_reason  text,
  created_at      timestamptz NOT NULL,
  paid_at         timestamptz,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT orders_success_is_paid CHECK (status <> 'SUCCESS' OR (paid_at IS NOT NULL AND delivery_status IS NOT NULL)),
  CONSTRAINT orders_unpaid_has_no_delivery CHECK (paid_at IS NOT NULL OR delivery_status IS NULL),
  CONSTRAINT orders_failed_has_reason CHECK ((status = 'FAILED') = (failure_reason IS NOT NULL)),
  CONSTRAINT orders_failed_is_unpaid CHECK (status <> 'FAILED' OR paid_at IS NULL)
);
CREATE INDEX orders_user_id ON orders (user_id, id);

CREATE TABLE order_items (
  order_id   uuid NOT NULL REFERENCES orders (id),
  variant_id uuid NOT NULL REFERENCES variants (id),
  position   smallint NOT NULL CHECK (position >= 0),
  quantity   integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
  unit_price bigint NOT NULL CHECK (unit_price > 0),
  PRIMARY KEY (order_id, variant_id)
);

CREATE TABLE order_status_history (
  order_id           uuid NOT NULL REFERENCES orders (id),
  id                 uuid NOT NULL,
  status             text NOT NULL CHECK (status IN ('PENDING', 'SUCCESS', 'FAILED', 'CANCELLED')),
  delivery_status    text CHECK (delivery_status IN ('PREPARING', 'SHIPPING', 'DELIVERED')),
  reason             text,
  changed_by         text NOT NULL CHECK (changed_by IN ('USER', 'OPERATOR', 'SYSTEM')),
  changed_by_user_id uuid,
  created_at         timestamptz NOT NULL,
  CHECK ((changed_by = 'SYSTEM') = (changed_by_user_id IS NULL)),
  PRIMARY KEY (order_id, id)
);

CREATE TABLE payments (
  order_id       uuid NOT NULL REFERENCES orders (id),
  id             uuid NOT NULL,
  status         text NOT NULL CHECK (status IN ('SUCCESS', 'FAILED')),
  amount         bigint NOT NULL CHECK (amount >= 0),
  failure_reason text,
  created_at     timestamptz NOT NULL,
  CHECK ((status = 'FAILED') = (failure_reason IS NOT NULL)),
  PRIMARY KEY (order_id, id)
);
-- An order is paid once.
CREATE UNIQUE INDEX payments_one_success ON payments (order_id) WHERE status = 'SUCCESS';

CREATE TABLE stock_movements (
  variant_id   uuid NOT NULL REFERENCES variants (id),
  id           uuid NOT NULL,
  type         text NOT NULL CHECK (type IN ('SALE', 'RELEASE', 'CANCEL', 'ADJUST')),
  quantity     integer NOT NULL CHECK (quantity <> 0),
  stock_before integer NOT NULL CHECK (stock_before >= 0),
  stock_after  integer NOT NULL CHECK (stock_after >= 0),
  order_id     uuid REFERENCES orders (id),
  operator_id  uuid REFERENCES users (id),
  created_at   timestamptz NOT NULL,
  CHECK (stock_after = stock_before + quantity),
  CHECK ((type = 'ADJUST') = (order_id IS NULL)),
  CHECK (type <> 'SALE' OR quantity < 0),
  CHECK (type NOT IN ('RELEASE', 'CANCEL') OR quantity > 0),
  PRIMARY KEY (variant_id, id)
);

CREATE TABLE wallet_transactions (
  user_id        uuid NOT NULL REFERENCES wallets (user_id),
  id             uuid NOT NULL,
  type           text NOT NULL CHECK (type IN ('CHARGE', 'PAYMENT', 'REFUND')),
  amount         bigint NOT NULL CHECK (amount <> 0),
  balance_before bigint NOT NULL CHECK (balance_before >= 0),
  balance_after  bigint NOT NULL CHECK (balance_after >= 0),
  order_id       uuid REFERENCES orders (id),
  created_at     timestamptz NOT NULL,
  CHECK (balance_after = balance_before + amount),
  CHECK (type <> 'PAYMENT' OR (amount < 0 AND order_id IS NOT NULL)),
  CHECK (type <> 'REFUND' OR (amount > 0 AND order_id IS NOT NULL)),
  PRIMARY KEY (user_id, id)
);

-- A repeat of a request gets the first answer again. The row commits with the effect that it guards.
CREATE TABLE idempotency_keys (
  caller_id    uuid NOT NULL,
  key          text NOT NULL,
  request_hash bytea NOT NULL,
  answer       jsonb NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller_id, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
