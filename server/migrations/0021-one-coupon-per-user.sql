-- no transaction
-- One index serves a user's list of coupons and the rule that a user has one of each campaign. There was one for each, and every coupon went
-- into a page of the users' index far away from the last one's.
DROP INDEX CONCURRENTLY IF EXISTS issued_coupons_one_of_each;
CREATE UNIQUE INDEX CONCURRENTLY issued_coupons_one_of_each ON issued_coupons (user_id, coupon_id);
DROP INDEX CONCURRENTLY IF EXISTS issued_coupons_user_id;
