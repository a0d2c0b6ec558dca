import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { changeCoupon, createCoupon } from './application/change-coupon.ts';
import { changeProduct, createProduct } from './application/change-product.ts';
import { addVariant, changeVariant } from './application/change-variant.ts';
import { chargeWallet } from './application/charge-wallet.ts';
import { adjustStock, adjustWallet } from './application/correct-books.ts';
import { Desk } from './application/desk.ts';
import { authentication } from './application/log-in.ts';
import { changeCart } from './application/change-cart.ts';
import { LiveCounts } from './application/live-counts.ts';
import { LoginFailures } from './application/login-failures.ts';
import { issueCoupon } from './application/issue-coupon.ts';
import { holdOrder, orderCart, placeOrder } from './application/place-order.ts';
import { asOperator, cancelOrder, expireHolds, moveDelivery, payOrder } from './application/settle-order.ts';
import { SoldOutCoupons } from './application/sold-out-coupons.ts';
import type { DeskStore } from './application/ports.ts';
import { register } from './application/register.ts';
import type { Config } from './config.ts';
import type { Rules } from './domain/rules.ts';
import { signedAccessTokens } from './infrastructure/access-tokens.ts';
import { argon2Passwords } from './infrastructure/passwords.ts';
import { adminCouponQueries } from './infrastructure/postgres/admin-coupon-queries.ts';
import { adminOrderQueries } from './infrastructure/postgres/admin-order-queries.ts';
import { adminProductQueries } from './infrastructure/postgres/admin-product-queries.ts';
import { adminUserQueries } from './infrastructure/postgres/admin-user-queries.ts';
import { campaignTables } from './infrastructure/postgres/campaign-tables.ts';
import { cartQueries } from './infrastructure/postgres/cart-queries.ts';
import { committedState } from './infrastructure/postgres/committed-state.ts';
import { recordExpiredCoupons } from './infrastructure/postgres/coupon-expiry.ts';
import { couponQueries } from './infrastructure/postgres/coupon-queries.ts';
import { type Database, openDatabase } from './infrastructure/postgres/database.ts';
import { deskStore } from './infrastructure/postgres/desk-store.ts';
import { holdQueries } from './infrastructure/postgres/hold-queries.ts';
import { removeExpired } from './infrastructure/postgres/housekeeping.ts';
import { liveCountQueries } from './infrastructure/postgres/live-count-queries.ts';
import { orderQueries } from './infrastructure/postgres/order-queries.ts';
import { productQueries } from './infrastructure/postgres/product-queries.ts';
import { productTables } from './infrastructure/postgres/product-tables.ts';
import { recordStore } from './infrastructure/postgres/record-store.ts';
import { reportQueries } from './infrastructure/postgres/report-queries.ts';
import { revokedSessions } from './infrastructure/postgres/revoked-sessions.ts';
import { foldSales } from './infrastructure/postgres/sales-statistics.ts';
import { sessionStore } from './infrastructure/postgres/session-store.ts';
import { storeError } from './infrastructure/postgres/store-errors.ts';
import { dailyTop, liveTop, takeTopSnapshot } from './infrastructure/postgres/top-products.ts';
import { userStore } from './infrastructure/postgres/user-store.ts';
import { walletQueries } from './infrastructure/postgres/wallet-queries.ts';
import { rememberedTop } from './infrastructure/remembered-top.ts';
import { sharedProducts } from './infrastructure/shared-products.ts';
import type { App } from './interfaces/http/app-type.ts';
import { buildApp } from './interfaces/http/app.ts';
import type { AdminRoutes } from './interfaces/http/routes/admin/admin-routes.ts';
import { createMetrics } from './interfaces/http/metrics.ts';
import { type Repeated, repeat } from './interfaces/worker/repeat.ts';

export const imagesFolder = fileURLToPath(new URL('../sample/images/', import.meta.url));

export function connect(config: Config, connectionString: string, log: Logger): Database {
  return openDatabase({
    connectionString,
    poolMax: config.DATABASE_POOL_MAX,
    connectTimeoutMs: config.DATABASE_CONNECT_TIMEOUT_MS,
    lockTimeoutMs: config.DATABASE_LOCK_TIMEOUT_MS,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    onError: (error) => log.warn({ err: error }, 'database connection lost'),
  });
}

export function rulesOf(config: Config): Rules {
  return {
    walletBalanceMax: config.WALLET_BALANCE_MAX,
    walletChargeMax: config.WALLET_CHARGE_MAX,
    priceStep: config.PRICE_STEP,
    holdMinutes: config.HOLD_MINUTES,
  };
}

/** Between two folds of the sales statistics. */
const foldRestMs = 1_000;

export interface Shop {
  app: App;
  /** Begins the background work; what it needs must be migrated by then. */
  startWorkers(): void;
  /** Finishes what was accepted, refuses the rest, and ends the background work. The database stays open. */
  stop(): Promise<void>;
}

/** Puts the server together: the only place where adapters meet use cases. */
export async function compose(config: Config, database: Database, authSecret: string, log: Logger): Promise<Shop> {
  const { db } = database;
  const rules = rulesOf(config);
  const daily = config.TOP_PRODUCTS_MODE === 'daily';
  const timeZone = config.TOP_PRODUCTS_TIME_ZONE;
  const metrics = createMetrics();
  const accessTokenLifeSeconds = config.ACCESS_TOKEN_MINUTES * 60;
  const revoked = revokedSessions(db, accessTokenLifeSeconds);
  const accessTokens = signedAccessTokens(authSecret, accessTokenLifeSeconds, (sessionId) => revoked.has(sessionId));
  const passwords = argon2Passwords(config.PASSWORD_HASHES_MAX, config.PASSWORD_HASHES_WAITING_MAX);
  const users = userStore(db);
  const limits = {
    batchMax: config.DESK_BATCH_MAX,
    queueMax: config.DESK_QUEUE_MAX,
    waitMaxMs: config.DESK_WAIT_MAX_MS,
    lockPatienceMs: config.DATABASE_LOCK_TIMEOUT_MS,
  };

  // Set when the background work begins.
  let fold = { wake() {}, async stop() {} };
  let live = fold;
  const desk = new Desk(announceCommits(deskStore(database.deskPool), () => fold.wake()), limits, metrics.observeBatch);

  const liveCounts = new LiveCounts(liveCountQueries(db), config.LIVE_LISTENERS_MAX);
  const bestSellers = rememberedTop(daily ? dailyTop(db, timeZone) : liveTop(db));
  const soldOut = new SoldOutCoupons(() => performance.now());

  const app = await buildApp({
    register: register(users, passwords, uuidv7),
    authentication: authentication({
      users,
      sessions: sessionStore(db, revoked),
      passwords,
      failures: loginFailuresOf(config),
      accessTokens,
      newId: uuidv7,
      sessionLifeDays: config.SESSION_DAYS,
    }),
    chargeWallet: chargeWallet(desk, rules),
    placeOrder: placeOrder(desk),
    holdOrder: holdOrder(desk, rules),
    orderCart: orderCart(desk),
    payOrder: payOrder(desk),
    cancelOrder: cancelOrder(desk, rules),
    issueCoupon: issueCoupon(desk, soldOut),
    changeCart: changeCart(desk),
    liveCounts,
    refreshLiveCounts: () => live.wake(),
    coupons: couponQueries(db),
    carts: cartQueries(db),
    users,
    wallets: walletQueries(database),
    products: sharedProducts(productQueries(database, bestSellers.top), committedState(database.pool)),
    orders: orderQueries(db),
    admin: adminParts(database, desk, rules),
    accessTokens,
    rules,
    checkReady: async () => void (await sql`SELECT 1`.execute(db)),
    translateError: storeError,
    trustedProxies: config.TRUST_PROXY?.split(',').map((each) => each.trim()) ?? false,
    metrics,
    overload: {
      desk: () => desk.overloaded,
      reads: () => database.pool.waitingCount >= config.DATABASE_WAITING_MAX,
      refusalsPerSecondMax: config.REFUSALS_PER_SECOND_MAX,
    },
    metricsToken: config.METRICS_TOKEN,
    connectionLimits: { requestTimeoutMs: config.REQUEST_TIMEOUT_MS, connectionsMax: config.CONNECTIONS_MAX },
    gauges: { deskWaiting: () => desk.waiting, liveListeners: () => liveCounts.listenerCount },
    rateLimits: {
      accountPerMinute: config.RATE_LIMIT_ACCOUNT_PER_MINUTE,
      authAddressPerMinute: config.RATE_LIMIT_AUTH_ADDRESS_PER_MINUTE,
    },
    logger: log,
    imagesFolder,
  });

  const workers: Repeated[] = [];
  return {
    app,
    startWorkers() {
      fold = repeat({ name: 'sales statistics', run: () => foldSales(db, foldRestMs), everyMs: foldRestMs, restMs: foldRestMs }, log);
      live = repeat({ name: 'live counts', run: () => liveCounts.refresh(), everyMs: 500, restMs: 100 }, log);
      workers.push(
        fold,
        live,
        repeat({ name: 'revoked sessions', run: () => revoked.refresh(), everyMs: 1_000 }, log),
        repeat({ name: 'ended holds', run: expireHolds(desk, holdQueries(db)), everyMs: 1_000 }, log),
        repeat({ name: 'expired coupons', run: () => recordExpiredCoupons(db), everyMs: 60_000 }, log),
        repeat({ name: 'best sellers', run: bestSellers.keepFresh, everyMs: 1_000 }, log),
        repeat({ name: 'housekeeping', run: () => removeExpired(db), everyMs: 60_000, restMs: 100 }, log),
      );
      if (daily) workers.push(repeat({ name: 'best sellers of the day', run: () => takeTopSnapshot(db, timeZone), everyMs: 30_000 }, log));
    },
    async stop() {
      await app.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await desk.drain();
    },
  };
}

function loginFailuresOf(config: Config): LoginFailures {
  const limits = {
    accountMax: config.LOGIN_FAILURES_ACCOUNT_MAX,
    addressMax: config.LOGIN_FAILURES_ADDRESS_MAX,
    windowSeconds: config.LOGIN_FAILURES_WINDOW_SECONDS,
  };
  return new LoginFailures(limits, () => performance.now());
}

/** What the operators' routes need. */
function adminParts({ db, pool }: Database, desk: Desk, rules: Rules): AdminRoutes {
  const catalog = recordStore(pool, productTables);
  const campaigns = recordStore(pool, campaignTables);
  const products = adminProductQueries(db, pool);
  return {
    products,
    createProduct: createProduct(catalog, rules),
    changeProduct: changeProduct(catalog, rules),
    addVariant: addVariant(catalog, rules),
    changeVariant: changeVariant(catalog, products, rules),
    adjustStock: adjustStock(desk),
    coupons: adminCouponQueries(db, pool),
    createCoupon: createCoupon(campaigns),
    changeCoupon: changeCoupon(campaigns, sleep),
    orderSearch: adminOrderQueries(db),
    orders: orderQueries(db),
    moveDelivery: moveDelivery(desk),
    cancelAsOperator: cancelOrder(desk, rules, asOperator),
    accounts: adminUserQueries(db),
    wallets: walletQueries({ db, pool }),
    adjustWallet: adjustWallet(desk, rules),
    reports: reportQueries(db),
  };
}

/** Events become statistics soon after their commit, without a poll and without a lock that NOTIFY would take at every commit. */
function announceCommits(store: DeskStore, onCommit: () => void): DeskStore {
  return {
    ...store,
    async transact(...batch) {
      await store.transact(...batch);
      onCommit();
    },
  };
}
