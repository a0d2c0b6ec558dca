-- A sale decides on a locked variant and must know whether its product is on sale. With the status on the variant, one locking read
-- gives both as of the same moment. The key keeps the two equal: a change of the product's status reaches its variants by itself.
-- exception: a shop has thousands of products, not millions, so their key is built in a moment
ALTER TABLE products ADD UNIQUE (id, status);
-- The old version does not fill it: where it adds a variant to a suspended product, the key below refuses that until it is replaced.
ALTER TABLE variants ADD COLUMN product_status text NOT NULL DEFAULT 'ON_SALE';
-- exception: only the variants of suspended products change, which nobody can order
UPDATE variants v SET product_status = p.status FROM products p WHERE p.id = v.product_id AND p.status <> 'ON_SALE';
-- exception: it reads all variants once, of which a shop has thousands and not millions
ALTER TABLE variants ADD FOREIGN KEY (product_id, product_status) REFERENCES products (id, status) ON UPDATE CASCADE;
-- exception: the key above demands more than this one did, so nothing is lost with it
ALTER TABLE variants DROP CONSTRAINT variants_product_id_fkey;
