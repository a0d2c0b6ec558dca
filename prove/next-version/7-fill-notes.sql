-- no transaction
DO $$
BEGIN
  LOOP
    UPDATE orders SET note_next = '' WHERE id IN (SELECT id FROM orders WHERE note_next IS NULL AND delivery_status = 'DELIVERED' LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED);
    EXIT WHEN NOT FOUND;
    COMMIT;
  END LOOP;
END $$;
