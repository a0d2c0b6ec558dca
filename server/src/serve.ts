import type { Logger } from 'pino';
import { compose } from './compose.ts';
import { type Config, StartError, isLoopback } from './config.ts';
import { migrate } from './infrastructure/postgres/migrate.ts';
import { adoptRestoredOutbox } from './infrastructure/postgres/restored-outbox.ts';
import { createLogger } from './logger.ts';
import { type Storage, oneLine, openStorage } from './storage.ts';
import { loadSampleShop, sampleAccounts, samplePassword, setSampleAccounts } from './sample-shop.ts';

export interface RunningServer {
  /** Where it listens, such as http://127.0.0.1:3000. */
  url: string;
  embedded: boolean;
  /** Whether the two sample accounts can log in. */
  hasSampleAccounts: boolean;
  stop(): Promise<void>;
}

/** Boots: database, migrations, sample data on a fresh embedded database, routes, background work, and last the port. */
export async function serve(config: Config): Promise<RunningServer> {
  const log = createLogger(config);
  const storage = await openStorage(config, log, 'server');
  try {
    return await serveOn(storage, config, log);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function serveOn(storage: Storage, config: Config, log: Logger): Promise<RunningServer> {
  const { database, embedded, authSecret } = storage;
  await migrate(database, { report: (message) => log.warn(message) });
  // Behind a proxy a loopback address is reached from everywhere.
  const hasSampleAccounts = embedded && isLoopback(config.HOST) && config.TRUST_PROXY === undefined;
  if (embedded) {
    await loadSampleShop(database);
    await setSampleAccounts(database, hasSampleAccounts);
  }
  await adoptRestoredOutbox(database.db);
  const shop = await compose(config, database, authSecret, log);
  // The first buyer finds the desk's connection open, like every later one.
  await database.deskPool.query('SELECT');
  const url = await shop.app.listen({ host: config.HOST, port: config.PORT }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(whyNotListening(error, config));
  });
  shop.startWorkers();
  storage.beginMakingReady();
  return {
    url,
    embedded,
    hasSampleAccounts,
    async stop() {
      log.info('stopping');
      await shop.stop();
      await storage.close();
    },
  };
}

function whyNotListening(error: NodeJS.ErrnoException, { HOST, PORT }: Config): string {
  if (error.code === 'EADDRINUSE') return `Port ${PORT} on ${HOST} is taken. Stop what uses it, or set PORT to another.`;
  if (error.code === 'EACCES') return `Port ${PORT} may not be used by this account. Set PORT to one above 1023.`;
  return `Cannot listen on ${HOST}:${PORT}: ${oneLine(error)}. Set HOST to an address of this machine.`;
}

/** What a person who has just started the shop wants to know. */
export function greeting({ url, embedded, hasSampleAccounts }: RunningServer): string {
  const lines = ['', `  Openrun is open at ${url}`, '', `  API docs   ${url}/docs`, `  OpenAPI    ${url}/openapi.json`, `  Products   ${url}/products`];
  if (hasSampleAccounts) {
    const [shopper, operator] = sampleAccounts;
    lines.push('', `  Log in     ${shopper.email} or ${operator.email}, password ${samplePassword}`);
    const body = JSON.stringify({ email: shopper.email, password: samplePassword });
    lines.push(`             curl -s ${url}/auth/login -H 'content-type: application/json' -d '${body}'`);
  }
  lines.push('', `  ${embedded ? 'Stop with Ctrl-C; the data stays in the data folder.' : 'Stop with Ctrl-C.'}`, '');
  return lines.join('\n');
}
