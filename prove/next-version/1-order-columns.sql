ALTER TABLE orders
  ADD COLUMN gift_next boolean NOT NULL DEFAULT false,
  ADD COLUMN note_next text;
