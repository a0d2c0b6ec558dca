-- Events, written by the transaction that makes them true, and what is read from them.

-- Readers never mark rows: each remembers how far it has read. A reader takes the rows of all transactions below the oldest one
-- still running, so a transaction that commits late is never jumped over.
CREATE TABLE outbox (
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  position       bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  event_id       uuid NOT NULL,
  type           text NOT NULL,
  subject        uuid NOT NULL,
  data           jsonb NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (transaction_id, position)
);

CREATE TABLE outbox_readers (
  reader              text PRIMARY KEY,
  -- Everything below this transaction has been read.
  next_transaction_id xid8 NOT NULL DEFAULT '0',
  updated_at          timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outbox_readers (reader) VALUES ('sales-statistics');

-- Units and revenue (unit price times quantity, before the order's discount) by the hour in which the order was paid.
CREATE TABLE product_sales_hourly (
  hour       timestamptz NOT NULL CHECK (hour = date_trunc('hour', hour, 'UTC')),
  product_id uuid NOT NULL REFERENCES products (id),
  units      bigint NOT NULL,
  revenue    bigint NOT NULL,
  PRIMARY KEY (hour, product_id)
);
