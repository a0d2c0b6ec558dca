import type { Pool } from 'pg';

export interface History {
  users: number;
  balance: number;
  variants: number;
  /** Units of each variant left after the past orders. */
  stock: number;
  orders: number;
}

/**
 * Loads a shop with a past, in a few set-based statements: each past order has all the rows that a live one writes, so the audit
 * holds. Orders are 10 to 40 days old, which is older than the events that the audit asks for. Needs PostgreSQL 18 (uuidv7).
 */
export async function loadHistory(pool: Pool, { users, balance, variants, stock, orders }: History): Promise<void> {
  const client = await pool.connect();
  const run = (text: string) => client.query(text);
  try {
    await run('SET statement_timeout = 0');
    await run('BEGIN');
    await run(`
      INSERT INTO users (id, email, name, role, password_hash)
      SELECT uuidv7(), 'buyer-' || n || '@bench.example', 'Buyer', 'customer', '!' FROM generate_series(1, ${users}) n`);
    await run(`
      INSERT INTO products (id, category, name_ko, name_en, description_ko, description_en, base_price, status)
      SELECT uuidv7(), 'bench', '상품 ' || n, 'Product ' || n, '설명', 'Description', 1000, 'ON_SALE' FROM generate_series(1, ${variants}) n`);
    await run(`
      CREATE TEMP TABLE past ON COMMIT DROP AS
      SELECT n, uuidv7(-interval '40 days' + n * interval '30 days' / ${orders}) AS order_id,
             now() - interval '40 days' + n * interval '30 days' / ${orders} AS at,
             (n - 1) % ${users} + 1 AS buyer, (n - 1) / ${users} + 1 AS nth_of_buyer,
             (n - 1) % ${variants} + 1 AS item, (n - 1) / ${variants} + 1 AS nth_of_item
      FROM generate_series(1, ${orders}) n`);
    await run(`CREATE TEMP TABLE buyers ON COMMIT DROP AS SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE email LIKE '%@bench.example'`);
    await run(`CREATE TEMP TABLE items ON COMMIT DROP AS SELECT id AS product_id, uuidv7() AS variant_id, row_number() OVER (ORDER BY id) AS n FROM products WHERE category = 'bench'`);
    await run('CREATE UNIQUE INDEX ON buyers (n); CREATE UNIQUE INDEX ON items (n); ANALYZE past, buyers, items');
    await run(`
      INSERT INTO variants (id, product_id, combination, additional_price, price, stock)
      SELECT variant_id, product_id, '', 0, 1000, ${stock} FROM items ORDER BY variant_id`);
    await run(`
      INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, created_at)
      SELECT variant_id, uuidv7(-interval '41 days'), 'ADJUST', s, 0, s, now() - interval '41 days'
      FROM (SELECT variant_id, ${stock} + count(past.n)::int AS s FROM items LEFT JOIN past ON item = items.n GROUP BY variant_id) stocked ORDER BY variant_id`);
    await run(`INSERT INTO wallets (user_id, balance) SELECT id, ${balance} FROM buyers ORDER BY id`);
    await run(`
      INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, created_at)
      SELECT id, uuidv7(-interval '41 days'), 'CHARGE', c, 0, c, now() - interval '41 days'
      FROM (SELECT id, ${balance} + 1000 * count(past.n)::bigint AS c FROM buyers LEFT JOIN past ON buyer = buyers.n GROUP BY id) charged ORDER BY id`);
    await run(`
      INSERT INTO orders (id, user_id, status, delivery_status, items_price, discount_amount, total_price, created_at, paid_at)
      SELECT order_id, b.id, 'SUCCESS', 'DELIVERED', 1000, 0, 1000, at, at FROM past JOIN buyers b ON b.n = buyer ORDER BY order_id`);
    await run(`
      INSERT INTO order_items (order_id, variant_id, position, quantity, unit_price)
      SELECT order_id, i.variant_id, 0, 1, 1000 FROM past JOIN items i ON i.n = item ORDER BY order_id`);
    await run(`
      INSERT INTO order_status_history (order_id, id, status, delivery_status, changed_by, changed_by_user_id, created_at)
      SELECT order_id, uuidv7(), 'SUCCESS', 'DELIVERED', 'USER', b.id, at FROM past JOIN buyers b ON b.n = buyer ORDER BY order_id`);
    await run(`
      INSERT INTO payments (order_id, id, status, amount, created_at) SELECT order_id, uuidv7(), 'SUCCESS', 1000, at FROM past ORDER BY order_id`);
    await run(`
      INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, order_id, created_at)
      SELECT i.variant_id, past.order_id, 'SALE', -1, m.stock_after - nth_of_item + 1, m.stock_after - nth_of_item, past.order_id, at
      FROM past JOIN items i ON i.n = item JOIN stock_movements m ON m.variant_id = i.variant_id AND m.type = 'ADJUST' ORDER BY i.variant_id, past.order_id`);
    await run(`
      INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, order_id, created_at)
      SELECT b.id, past.order_id, 'PAYMENT', -1000, t.balance_after - 1000 * (nth_of_buyer - 1), t.balance_after - 1000 * nth_of_buyer, past.order_id, at
      FROM past JOIN buyers b ON b.n = buyer JOIN wallet_transactions t ON t.user_id = b.id AND t.type = 'CHARGE' ORDER BY b.id, past.order_id`);
    await run(`
      INSERT INTO product_sales_hourly (hour, product_id, units, revenue)
      SELECT date_trunc('hour', at, 'UTC'), i.product_id, count(*), count(*) * 1000 FROM past JOIN items i ON i.n = item GROUP BY 1, 2`);
    await run('COMMIT');
    await run('VACUUM ANALYZE');
  } catch (error) {
    await run('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
