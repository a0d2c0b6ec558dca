-- Units by day (UTC), so that best sellers over weeks need not be summed from every hour in which anything was sold.
CREATE TABLE product_sales_daily (
  day        date NOT NULL,
  product_id uuid NOT NULL REFERENCES products (id),
  units      bigint NOT NULL,
  PRIMARY KEY (day, product_id)
);
