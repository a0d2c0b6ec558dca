-- Coupons (campaigns) and issued coupons, first come, first served.

CREATE TABLE coupons (
  id                   uuid PRIMARY KEY,
  name_ko              text NOT NULL,
  name_en              text NOT NULL,
  discount_type        text NOT NULL CHECK (discount_type IN ('AMOUNT', 'PERCENT')),
  discount_value       bigint NOT NULL CHECK (discount_value > 0 AND (discount_type = 'AMOUNT' OR discount_value <= 100)),
  -- Cap of a PERCENT discount, in won.
  discount_max         bigint CHECK (discount_max IS NULL OR (discount_max > 0 AND discount_type = 'PERCENT')),
  minimum_order_amount bigint NOT NULL CHECK (minimum_order_amount >= 0),
  total_quantity       integer NOT NULL CHECK (total_quantity > 0),
  issued_quantity      integer NOT NULL DEFAULT 0 CHECK (issued_quantity BETWEEN 0 AND total_quantity),
  starts_at            timestamptz NOT NULL,
  ends_at              timestamptz NOT NULL CHECK (ends_at > starts_at),
  life_days            integer NOT NULL CHECK (life_days BETWEEN 1 AND 3650),
  version              integer NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
CREATE INDEX coupons_ends_at ON coupons (ends_at);

CREATE TABLE issued_coupons (
  id         uuid PRIMARY KEY,
  coupon_id  uuid NOT NULL REFERENCES coupons (id),
  user_id    uuid NOT NULL REFERENCES wallets (user_id),
  -- The buyer's place: the 37th of 100.
  sequence   integer NOT NULL CHECK (sequence > 0),
  -- EXPIRED is a fact of time (expires_at), not a status that has to be written.
  status     text NOT NULL CHECK (status IN ('AVAILABLE', 'USED')),
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  order_id   uuid,
  -- Set by the job that writes the EXPIRED line of the history.
  expiry_recorded boolean NOT NULL DEFAULT false,
  CHECK ((status = 'USED') = (used_at IS NOT NULL)),
  CHECK ((status = 'USED') = (order_id IS NOT NULL)),
  CONSTRAINT issued_coupons_one_per_user UNIQUE (coupon_id, user_id),
  CONSTRAINT issued_coupons_one_per_place UNIQUE (coupon_id, sequence)
) WITH (fillfactor = 80);
CREATE INDEX issued_coupons_user_id ON issued_coupons (user_id, id);
CREATE INDEX issued_coupons_to_expire ON issued_coupons (expires_at) WHERE status = 'AVAILABLE' AND NOT expiry_recorded;

CREATE TABLE coupon_history (
  issued_coupon_id uuid NOT NULL REFERENCES issued_coupons (id),
  id               uuid NOT NULL,
  action           text NOT NULL CHECK (action IN ('ISSUED', 'USED', 'RESTORED', 'EXPIRED')),
  order_id         uuid REFERENCES orders (id),
  created_at       timestamptz NOT NULL,
  CHECK ((action IN ('USED', 'RESTORED')) = (order_id IS NOT NULL)),
  PRIMARY KEY (issued_coupon_id, id)
);

ALTER TABLE orders ADD COLUMN issued_coupon_id uuid REFERENCES issued_coupons (id);
ALTER TABLE orders ADD CONSTRAINT orders_discount_needs_coupon CHECK (discount_amount = 0 OR issued_coupon_id IS NOT NULL);
ALTER TABLE issued_coupons ADD CONSTRAINT issued_coupons_order FOREIGN KEY (order_id) REFERENCES orders (id);
