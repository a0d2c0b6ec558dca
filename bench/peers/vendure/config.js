import { DefaultJobQueuePlugin, DefaultLogger, DefaultSchedulerPlugin, LogLevel, configureDefaultOrderProcess, dummyPaymentHandler } from '@vendure/core';

/** What a new Vendure project has, less search, e-mail, assets and dashboard, which a purchase does not need. */
export const config = {
  apiOptions: { hostname: '127.0.0.1', port: Number(process.env.PORT), cors: false },
  authOptions: {
    tokenMethod: 'bearer',
    superadminCredentials: { identifier: 'superadmin', password: 'a password for the benchmark' },
  },
  dbConnectionOptions: {
    type: 'postgres',
    url: process.env.DATABASE_URL,
    // The tables are made once, by seed.js.
    synchronize: process.env.MAKE_TABLES === 'true',
    logging: false,
  },
  orderOptions: {
    // Sold without shipping, as the others here.
    process: [configureDefaultOrderProcess({ arrangingPaymentRequiresShipping: false })],
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  plugins: [DefaultSchedulerPlugin.init(), DefaultJobQueuePlugin.init({ useDatabaseForBuffer: true })],
  logger: new DefaultLogger({ level: LogLevel.Warn }),
};
