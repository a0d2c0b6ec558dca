-- While an hour lasts, each fold of the statistics writes the rows of all products that were sold, which stand side by side.
ALTER TABLE product_sales_hourly SET (fillfactor = 50);
