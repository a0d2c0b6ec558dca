ALTER TABLE orders ADD CONSTRAINT orders_note_next CHECK (length(note_next) <= 200) NOT VALID;
