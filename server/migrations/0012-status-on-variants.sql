-- A sale decides on a locked variant and must know whether its product is on sale. With the status on the variant, one locking read
-- gives both as of the same moment. The key keeps the two equal: a change of the product's status reaches its variants by itself.
ALTER TABLE products ADD UNIQUE (id, status);
ALTER TABLE variants ADD product_status text NOT NULL DEFAULT 'ON_SALE';
UPDATE variants v SET product_status = p.status FROM products p WHERE p.id = v.product_id AND p.status <> 'ON_SALE';
ALTER TABLE variants ADD FOREIGN KEY (product_id, product_status) REFERENCES products (id, status) ON UPDATE CASCADE;
ALTER TABLE variants DROP CONSTRAINT variants_product_id_fkey;
