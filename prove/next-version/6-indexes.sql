-- no transaction
DROP INDEX CONCURRENTLY IF EXISTS orders_newest_next;
CREATE INDEX CONCURRENTLY orders_newest_next ON orders (created_at, md5(id::text));
DROP INDEX CONCURRENTLY IF EXISTS wallet_transactions_newest_next;
CREATE INDEX CONCURRENTLY wallet_transactions_newest_next ON wallet_transactions (created_at, md5(id::text));
