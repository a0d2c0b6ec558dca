import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** Lines of JSON on standard error, without secrets. */
export function createLogger(config: Config): Logger {
  const redact = ['req.headers.authorization', 'password', 'accessToken', 'refreshToken'];
  return pino({ level: config.LOG_LEVEL, redact, serializers: { err: withoutRows } }, pino.destination(2));
}

/** PostgreSQL tells in `detail` the whole row that broke a constraint: an email, the hash of a password. The constraint's name is enough. */
function withoutRows(error: Error): unknown {
  const { detail: _detail, ...rest } = pino.stdSerializers.err(error) as ReturnType<typeof pino.stdSerializers.err> & { detail?: string };
  return rest;
}
