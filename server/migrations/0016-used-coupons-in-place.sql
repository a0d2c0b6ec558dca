-- no transaction
-- The use of a coupon changes its status. While an index named the status, the new version of the row went into every index of the table; now
-- it takes its place beside the old one. Used coupons are found by their orders.
DROP INDEX CONCURRENTLY IF EXISTS orders_issued_coupon_id;
CREATE INDEX CONCURRENTLY orders_issued_coupon_id ON orders (issued_coupon_id) WHERE issued_coupon_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS issued_coupons_used;
-- The job that records expiry passes over used coupons when their time is over, and they leave this index with the others.
DROP INDEX CONCURRENTLY IF EXISTS issued_coupons_expiry;
CREATE INDEX CONCURRENTLY issued_coupons_expiry ON issued_coupons (expires_at) WHERE NOT expiry_recorded;
DROP INDEX CONCURRENTLY IF EXISTS issued_coupons_to_expire;
