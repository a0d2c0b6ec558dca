-- Days are kept in step with hours by the database: servers of the old version, and a job elsewhere, write hours and know no days.
-- Hours are never deleted.
-- exception: only takes a name in the system catalog, which no sale looks at
CREATE FUNCTION keep_daily_sales() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO product_sales_daily AS d (day, product_id, units)
    SELECT (hour AT TIME ZONE 'UTC')::date AS day, product_id, sum(units) FROM written GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (day, product_id) DO UPDATE SET units = d.units + excluded.units;
  ELSE
    INSERT INTO product_sales_daily AS d (day, product_id, units)
    SELECT (hour AT TIME ZONE 'UTC')::date AS day, product_id, sum(units)
    FROM (SELECT hour, product_id, units FROM written UNION ALL SELECT hour, product_id, -units FROM overwritten) AS changed
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (day, product_id) DO UPDATE SET units = d.units + excluded.units;
  END IF;
  RETURN NULL;
END $$;
-- exception: only the statistics write hours, and they catch up after they have waited
CREATE TRIGGER daily_sales_of_new_hours AFTER INSERT ON product_sales_hourly
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_daily_sales();
-- exception: only the statistics write hours, and they catch up after they have waited
CREATE TRIGGER daily_sales_of_changed_hours AFTER UPDATE ON product_sales_hourly
  REFERENCING OLD TABLE AS overwritten NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_daily_sales();
-- exception: reads the statistics once, some seconds for ten million, and only they wait for it
INSERT INTO product_sales_daily (day, product_id, units)
SELECT (hour AT TIME ZONE 'UTC')::date, product_id, sum(units) FROM product_sales_hourly GROUP BY 1, 2 ORDER BY 1, 2;
