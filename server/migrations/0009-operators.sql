-- What operators do: every action leaves a line in the audit log, written by the transaction that does it.

ALTER TABLE products ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE stock_movements ADD COLUMN reason text;

ALTER TABLE wallet_transactions
  ADD COLUMN operator_id uuid REFERENCES users (id),
  ADD COLUMN reason      text,
  DROP CONSTRAINT wallet_transactions_type_check,
  ADD CONSTRAINT wallet_transactions_type_check CHECK (type IN ('CHARGE', 'PAYMENT', 'REFUND', 'ADJUST')),
  ADD CONSTRAINT wallet_transactions_adjust_has_operator CHECK (type <> 'ADJUST' OR (operator_id IS NOT NULL AND reason IS NOT NULL));

CREATE TABLE operator_actions (
  id           uuid PRIMARY KEY,
  operator_id  uuid NOT NULL REFERENCES users (id),
  action       text NOT NULL,
  subject_type text NOT NULL,
  subject_id   uuid NOT NULL,
  reason       text,
  before       jsonb,
  after        jsonb,
  created_at   timestamptz NOT NULL
);
CREATE INDEX operator_actions_subject ON operator_actions (subject_id, id);
CREATE INDEX operator_actions_operator ON operator_actions (operator_id, id);

-- The best sellers as they stood at 00:00, kept for the setting that shows a daily snapshot instead of live sums.
CREATE TABLE top_product_snapshots (
  taken_for  date NOT NULL,
  days       smallint NOT NULL,
  position   smallint NOT NULL,
  product_id uuid NOT NULL REFERENCES products (id),
  units      bigint NOT NULL CHECK (units > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (taken_for, days, position)
);
