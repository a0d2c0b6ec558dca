ALTER TABLE payments ADD CONSTRAINT payments_order_next FOREIGN KEY (order_id) REFERENCES orders (id) NOT VALID;
