import { v7 as uuidv7 } from 'uuid';
import { register } from './application/register.ts';
import { compose } from './compose.ts';
import { StartError, readConfig } from './config.ts';
import { normalizeEmail } from './domain/user.ts';
import { signAccessToken } from './infrastructure/access-tokens.ts';
import { audit } from './infrastructure/postgres/audit/audit.ts';
import { argon2Passwords } from './infrastructure/passwords.ts';
import { loadUsers } from './infrastructure/postgres/load-users.ts';
import { migrate } from './infrastructure/postgres/migrate.ts';
import { userStore } from './infrastructure/postgres/user-store.ts';
import { createLogger } from './logger.ts';
import type { Actions } from './interfaces/cli/program.ts';
import { runProgram } from './interfaces/cli/program.ts';
import { loadSampleShop } from './sample-shop.ts';
import { greeting, serve } from './serve.ts';
import { type Storage, openStorage } from './storage.ts';

/** Life of the tokens made for load tools. */
const loadTokenLifeSeconds = 24 * 60 * 60;

/** What the commands do. Each opens the same database as a server with the same settings, and works beside a running one. */
const actions: Actions = {
  async start() {
    const server = await serve(readConfig(process.env));
    process.stdout.write(`${greeting(server)}\n`);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    // A second signal while stopping must not cut short what was accepted.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => {});
    await server.stop();
  },

  migrate: (report) => withStorage(async ({ database }) => migrate(database, { report })),

  seed: (request, onProgress) =>
    withStorage(async ({ database, authSecret }) => {
      await migrate(database);
      if (request.users === 0) {
        const loaded = await loadSampleShop(database);
        return { sampleShopLoaded: loaded, tokens: [] };
      }
      const userIds = await loadUsers(database.db, request.users, request.balance, onProgress);
      const tokens = request.withTokens
        ? userIds.map((userId) => ({ userId, accessToken: signAccessToken(authSecret, { userId, role: 'customer' }, loadTokenLifeSeconds) }))
        : [];
      return { sampleShopLoaded: false, tokens };
    }),

  createOperator: (account) =>
    withStorage(async ({ database }) => {
      await migrate(database);
      const { userId } = await register(userStore(database.db), argon2Passwords(1), uuidv7, 'operator')(account);
      return userId;
    }),

  issueToken: (email, hours) =>
    withStorage(async ({ database, authSecret }) => {
      const account = await userStore(database.db).findCredentials(normalizeEmail(email));
      if (!account) throw new StartError(`There is no account ${email}.`);
      return signAccessToken(authSecret, account, hours * 60 * 60);
    }),

  audit: (progress) => withStorage(({ database }) => audit(database.pool, progress)),

  async openapi() {
    // The document comes from the routes alone: no database is opened.
    const config = { ...readConfig({}), LOG_LEVEL: 'silent' as const };
    const log = createLogger(config);
    const { connect } = await import('./compose.ts');
    const database = connect(config, 'postgres://127.0.0.1/openrun', log);
    const { app } = await compose(config, database, 'x'.repeat(32), log);
    await app.ready();
    return app.swagger();
  },
};

async function withStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  const config = readConfig(process.env);
  const storage = await openStorage(config, createLogger({ ...config, LOG_LEVEL: 'warn' }), 'command');
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

await runProgram(actions, process.argv, (error) => error instanceof StartError);
