-- no transaction
ALTER TABLE orders VALIDATE CONSTRAINT orders_note_next;
ALTER TABLE payments VALIDATE CONSTRAINT payments_order_next;
