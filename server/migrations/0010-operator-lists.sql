-- Indexes for the operators' lists: each page is found by key, however many rows there are.

-- Catalog.
CREATE INDEX products_category ON products (category, id);
CREATE INDEX products_status ON products (status, id);

-- Orders, newest first. SUCCESS is what most orders are: the primary key finds those soon enough.
CREATE INDEX orders_not_successful ON orders (status, id) WHERE status <> 'SUCCESS';
CREATE INDEX orders_delivery_status ON orders (delivery_status, id) WHERE delivery_status IS NOT NULL;

-- Used coupons of everybody.
CREATE INDEX issued_coupons_used ON issued_coupons (id) WHERE status = 'USED';

-- The sales of one product.
CREATE INDEX product_sales_hourly_product ON product_sales_hourly (product_id, hour);

-- Search by a part of a name or an address. The extension is trusted, so the owner of a database may create it; where it is not
-- there at all, searching reads the whole table.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX users_email_part ON users USING gin (email gin_trgm_ops);
  CREATE INDEX users_name_part ON users USING gin (name gin_trgm_ops);
  CREATE INDEX products_name_ko_part ON products USING gin (name_ko gin_trgm_ops);
  CREATE INDEX products_name_en_part ON products USING gin (name_en gin_trgm_ops);
EXCEPTION
  WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE NOTICE 'pg_trgm is not available: searches are not indexed';
END $$;
