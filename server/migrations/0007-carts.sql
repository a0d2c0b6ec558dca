-- One cart for each user: the items of that user. Changes are protected by the user's wallet lock.

CREATE TABLE cart_items (
  user_id    uuid NOT NULL REFERENCES wallets (user_id),
  variant_id uuid NOT NULL REFERENCES variants (id),
  id         uuid NOT NULL UNIQUE,
  quantity   integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, variant_id)
);
