-- Orders that hold stock and coupon for a while before they are paid, and cancellation.

ALTER TABLE orders
  ADD COLUMN hold_expires_at timestamptz,
  ADD COLUMN cancelled_at    timestamptz,
  ADD CONSTRAINT orders_pending_has_hold CHECK (status <> 'PENDING' OR (hold_expires_at IS NOT NULL AND paid_at IS NULL)),
  ADD CONSTRAINT orders_cancelled_has_time CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL));
-- The holds that a job must end, oldest first.
CREATE INDEX orders_holds ON orders (hold_expires_at) WHERE status = 'PENDING';
