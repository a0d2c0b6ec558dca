-- A placed order tells what its request was answered, so its key names it instead of keeping a copy.
ALTER TABLE idempotency_keys ADD COLUMN order_id uuid;
