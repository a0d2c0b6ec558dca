-- A new table that refers to the busiest one.
CREATE TABLE order_notes_next (
  order_id uuid PRIMARY KEY REFERENCES orders (id),
  note     text NOT NULL
);
