import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** Lines of JSON on standard error, without secrets. */
export function createLogger(config: Config): Logger {
  const redact = ['req.headers.authorization', 'password', 'accessToken', 'refreshToken'];
  return pino({ level: config.LOG_LEVEL, redact, serializers: { err: withoutInternals } }, pino.destination(2));
}

/**
 * PostgreSQL tells in `detail` the whole row that broke a constraint: an email, the hash of a password. The constraint's name is enough. The
 * driver adds the `client` that was lost, with the key that cancels its queries and all statements that it knew.
 */
function withoutInternals(error: Error): unknown {
  const { detail: _detail, client: _client, ...rest }: Record<string, unknown> = pino.stdSerializers.err(error);
  return rest;
}
