import { randomBytes } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import { type Shop, compose, connect } from '../src/compose.ts';
import { type Config, readConfig } from '../src/config.ts';
import type { Role } from '../src/domain/user.ts';
import { signAccessToken } from '../src/infrastructure/access-tokens.ts';
import type { Database } from '../src/infrastructure/postgres/database.ts';
import { migrate } from '../src/infrastructure/postgres/migrate.ts';
import { createLogger } from '../src/logger.ts';

export const authSecret = 'a secret for tests, long enough to sign';

export interface TestShop {
  database: Database;
  databaseUrl: string;
  app: Shop['app'];
  config: Config;
  /** Rows of a query on the suite's database. */
  rows: <T extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<T[]>;
  newBuyer: (balance?: number) => Promise<TestUser>;
  newOperator: () => Promise<TestUser>;
  newProduct: (product?: Partial<TestProduct>) => Promise<MadeProduct>;
  /** Only for a shop that was opened without its background work. */
  startWorkers: () => void;
  close: () => Promise<void>;
}

export interface TestUser {
  userId: string;
  token: string;
  /** Sends a JSON request as this user. */
  send: (method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', url: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

export interface Answer {
  status: number;
  body: any;
  headers: Record<string, unknown>;
}

export interface TestProduct {
  name: string;
  price: number;
  /** Stock of each variant; more than one makes a product with an option. */
  stocks: number[];
  status: 'ON_SALE' | 'SUSPENDED';
}

export interface MadeProduct {
  productId: string;
  variantIds: string[];
}

/** The whole server on a migrated database of its own, or on that of `DATABASE_URL`; it is not listening. */
export async function openShop(environment: Record<string, string> = {}, { workers = true } = {}): Promise<TestShop> {
  const databaseUrl = environment['DATABASE_URL'] ?? (await createDatabase());
  const config = readConfig({ DATABASE_URL: databaseUrl, AUTH_SECRET: authSecret, LOG_LEVEL: 'silent', DATABASE_POOL_MAX: '4', ...environment });
  const log = createLogger(config);
  const database = connect(config, databaseUrl, log);
  await migrate(database);
  const shop = await compose(config, database, authSecret, log);
  await shop.app.ready();
  if (workers) shop.startWorkers();
  const rows: TestShop['rows'] = async (sql, values) => (await database.pool.query(sql, values)).rows as never;
  return {
    database,
    databaseUrl,
    app: shop.app,
    config,
    rows,
    newBuyer: async (balance = 0) => newUser(shop.app, database, 'customer', balance),
    newOperator: async () => newUser(shop.app, database, 'operator', 0),
    newProduct: (product) => newProduct(database, product),
    startWorkers: () => shop.startWorkers(),
    async close() {
      await shop.stop();
      await database.close();
    },
  };
}

/** Gives the address of a new, empty database. */
export async function createDatabase(): Promise<string> {
  const url = new URL(inject('postgresUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}

async function newUser(app: Shop['app'], database: Database, role: Role, balance: number): Promise<TestUser> {
  const userId = uuidv7();
  await database.pool.query(`INSERT INTO users (id, email, name, role, password_hash) VALUES ($1, $2, 'Test', $3, '!')`, [userId, `${userId}@test.example`, role]);
  await database.pool.query('INSERT INTO wallets (user_id, balance) VALUES ($1, $2)', [userId, balance]);
  if (balance > 0) {
    await database.pool.query(
      `INSERT INTO wallet_transactions (user_id, id, type, amount, balance_before, balance_after, created_at) VALUES ($1, $2, 'CHARGE', $3, 0, $3, now())`,
      [userId, uuidv7(), balance],
    );
  }
  const token = signAccessToken(authSecret, { userId, role }, 3_600);
  return { userId, token, send: (...request) => send(app, token, ...request) };
}

/** Sends a JSON request; with `token` undefined, as nobody. */
export async function send(
  app: Shop['app'],
  token: string | undefined,
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await app.inject({
    method,
    url,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  const isJson = String(response.headers['content-type']).includes('json');
  return { status: response.statusCode, body: isJson ? response.json() : response.body, headers: response.headers };
}

async function newProduct({ pool }: Database, product: Partial<TestProduct> = {}): Promise<MadeProduct> {
  const { name = 'Test product', price = 1_000, stocks = [10], status = 'ON_SALE' } = product;
  const productId = uuidv7();
  await pool.query(
    `INSERT INTO products (id, category, name_ko, name_en, description_ko, description_en, base_price, status)
     VALUES ($1, 'test', $2, $2, '', '', $3, $4)`,
    [productId, name, price, status],
  );
  const variantIds: string[] = [];
  for (const [index, stock] of stocks.entries()) {
    const variantId = uuidv7();
    variantIds.push(variantId);
    await pool.query('INSERT INTO variants (id, product_id, product_status, combination, additional_price, price, stock) VALUES ($1, $2, $3, $4, 0, $5, $6)', [
      variantId, productId, status, stocks.length > 1 ? String(index) : '', price, stock,
    ]);
    if (stock > 0) {
      await pool.query(
        `INSERT INTO stock_movements (variant_id, id, type, quantity, stock_before, stock_after, created_at) VALUES ($1, $2, 'ADJUST', $3, 0, $3, now())`,
        [variantId, uuidv7(), stock],
      );
    }
  }
  return { productId, variantIds };
}
