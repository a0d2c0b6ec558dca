-- no transaction
-- The catalog by price and by name: without these a page sorts all products that are on sale.
DROP INDEX CONCURRENTLY IF EXISTS products_on_sale_price;
CREATE INDEX CONCURRENTLY products_on_sale_price ON products (base_price, id) WHERE status = 'ON_SALE';
DROP INDEX CONCURRENTLY IF EXISTS products_on_sale_name_ko;
CREATE INDEX CONCURRENTLY products_on_sale_name_ko ON products (name_ko, id) WHERE status = 'ON_SALE';
DROP INDEX CONCURRENTLY IF EXISTS products_on_sale_name_en;
CREATE INDEX CONCURRENTLY products_on_sale_name_en ON products (name_en, id) WHERE status = 'ON_SALE';
