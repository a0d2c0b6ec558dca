-- As for the hours: each fold writes all rows of the day.
ALTER TABLE product_sales_daily SET (fillfactor = 50);
