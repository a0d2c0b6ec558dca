import { isIP } from 'node:net';
import { type TSchema, Type } from 'typebox';
import { Format } from 'typebox/format';
import { Value } from 'typebox/value';
import { defaultRules } from './domain/rules.ts';

Format.Set('time-zone', isTimeZone);

interface Setting<T extends TSchema = TSchema> {
  schema: T;
  /** As it would stand in the environment; undefined where there is none. */
  default: string | undefined;
  /** For `docs/configuration.md` and `.env.example`. */
  about: string;
}

const setting = <T extends TSchema>(schema: T, fallback: string | number | undefined, about: string): Setting<T> => ({
  schema,
  default: fallback === undefined ? undefined : String(fallback),
  about,
});
const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

const postgresAddress = '^postgres(ql)?://';
const networks = '^[0-9a-fA-F.:/, ]+$|^loopback$';
const bearerToken = '^[!-~]{16,}$';
const patternTexts: Record<string, string> = {
  [postgresAddress]: 'must start with postgres:// or postgresql://',
  [networks]: 'must be addresses or networks separated by commas',
  [bearerToken]: 'must have at least 16 characters, visible and ASCII',
};

/** Every setting there is. `docs/configuration.md` and `.env.example` are checked against this list. */
export const settings = {
  DATABASE_URL: setting(
    Type.Union([Type.String({ pattern: postgresAddress }), Type.Undefined()]),
    undefined,
    'PostgreSQL 15 or later, postgres://user:password@host:port/database. Unset: an embedded PostgreSQL 18 in the data folder.',
  ),
  OPENRUN_DATA_DIR: setting(Type.String({ minLength: 1 }), '.openrun', 'Data folder of the embedded PostgreSQL.'),
  HOST: setting(Type.String({ minLength: 1 }), '127.0.0.1', 'Address to listen on. 0.0.0.0 for all.'),
  PORT: setting(whole(0, 65_535), 3000, 'Port to listen on. 0 takes a free one.'),
  TRUST_PROXY: setting(
    Type.Union([Type.String({ pattern: networks }), Type.Undefined()]),
    undefined,
    'Addresses or networks (CIDR), separated by commas, of proxies whose X-Forwarded-For is believed. Unset: none.',
  ),
  AUTH_SECRET: setting(
    Type.Union([Type.String({ minLength: 32 }), Type.Undefined()]),
    undefined,
    'Signs access tokens; at least 32 characters, the same for all instances. Needed with DATABASE_URL; otherwise made once and kept in the data folder.',
  ),
  METRICS_TOKEN: setting(
    Type.Union([Type.String({ pattern: bearerToken }), Type.Undefined()]),
    undefined,
    'Asked for by GET /metrics as a bearer token; at least 16 visible characters. Unset: anyone may read them.',
  ),
  LOG_LEVEL: setting(Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info', 'Least severe log lines to write.'),
  ACCESS_TOKEN_MINUTES: setting(whole(1, 1_440), 15, 'Life of an access token, in minutes.'),
  SESSION_DAYS: setting(whole(1, 365), 30, 'Life of a session, in days, however often it is refreshed.'),
  WALLET_BALANCE_MAX: setting(whole(0, 1e12), defaultRules.walletBalanceMax, 'Largest balance of a wallet, in won.'),
  WALLET_CHARGE_MAX: setting(whole(0, 1e12), defaultRules.walletChargeMax, 'Largest single charge, in won.'),
  PRICE_STEP: setting(whole(1, 1e6), defaultRules.priceStep, 'Prices are multiples of this many won.'),
  HOLD_MINUTES: setting(whole(1, 1_440), defaultRules.holdMinutes, 'How long an unpaid order holds its stock and coupon, in minutes.'),
  TOP_PRODUCTS_MODE: setting(Type.Enum(['live', 'daily']), 'live', 'Best sellers up to now, or as of the last 00:00 (see TOP_PRODUCTS_TIME_ZONE).'),
  TOP_PRODUCTS_TIME_ZONE: setting(Type.String({ format: 'time-zone' }), 'Asia/Seoul', 'IANA time zone whose midnight ends the day of the best sellers.'),
  DATABASE_POOL_MAX: setting(whole(1, 1_000), 10, 'Connections for reads, besides the one at which sales are decided.'),
  DATABASE_WAITING_MAX: setting(whole(1, 1_000_000), 1_000, 'Most requests waiting for a connection; the next read is answered with 503.'),
  DATABASE_CONNECT_TIMEOUT_MS: setting(
    whole(100, 60_000), 5_000, 'A request that waits longer for a free or new connection is answered with 503. As long is asked what became of a COMMIT whose answer was lost.',
  ),
  DATABASE_LOCK_TIMEOUT_MS: setting(
    whole(100, 60_000), 1_000, 'A statement that waits longer for a lock gives up. A row that one other transaction holds for as long again is given up: 503.',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: setting(whole(100, 600_000), 15_000, 'A statement that runs longer is answered with 503.'),
  DESK_BATCH_MAX: setting(whole(1, 1_000), 128, 'Most requests decided in one transaction.'),
  DESK_QUEUE_MAX: setting(whole(1, 1_000_000), 10_000, 'Most requests waiting to be decided; the next is answered with 503.'),
  DESK_WAIT_MAX_MS: setting(
    whole(100, 60_000), 5_000, 'Longest wait to be decided. A request that waits longer, or would have to by the pace of the last batches, is answered with 503.',
  ),
  REFUSALS_PER_SECOND_MAX: setting(
    whole(1, 1_000_000), 2_000, 'Most answers in a second that only say that too many are waiting. Further ones are sent later, so that a flood leaves time for sales.',
  ),
  LIVE_LISTENERS_MAX: setting(whole(0, 1_000_000), 10_000, 'Most listeners of live counts; the next is answered with 503.'),
  REQUEST_TIMEOUT_MS: setting(whole(100, 600_000), 30_000, 'A request that has not arrived in full after this time is refused, and its connection ends.'),
  CONNECTIONS_MAX: setting(whole(1, 1_000_000), 20_000, 'Most open connections; further ones are dropped.'),
  PASSWORD_HASHES_MAX: setting(whole(1, 64), 1, 'Passwords hashed at the same time.'),
  PASSWORD_HASHES_WAITING_MAX: setting(whole(1, 1_000_000), 100, 'Most passwords waiting to be hashed; the next request that needs one is answered with 503.'),
  LOGIN_FAILURES_ACCOUNT_MAX: setting(whole(1, 1e9), 10, 'Failed logins for one email in a window; further ones are answered with 429.'),
  LOGIN_FAILURES_ADDRESS_MAX: setting(whole(1, 1e9), 300, 'Failed logins from one address (IPv6: one /64 network) in a window.'),
  LOGIN_FAILURES_WINDOW_SECONDS: setting(whole(1, 86_400), 300, 'Window of the failed logins, in seconds from the first of them.'),
  RATE_LIMIT_ACCOUNT_PER_MINUTE: setting(whole(1, 1e9), 30_000, 'Requests in a minute by one account.'),
  RATE_LIMIT_AUTH_ADDRESS_PER_MINUTE: setting(whole(1, 1e9), 6_000, 'Requests in a minute to /auth by one address.'),
} as const satisfies Record<string, Setting>;

type Name = keyof typeof settings;
export type Config = { readonly [N in Name]: Type.Static<(typeof settings)[N]['schema']> };

/** Something the person who starts the server must change; its message is one line and says what. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Reads and checks the environment. Refuses with a `StartError` that names every wrong setting; an empty value counts as unset. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const values: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, { schema, default: fallback }] of Object.entries<Setting>(settings)) {
    const text = environment[name] || fallback;
    // Only plain digits are a number: nothing is rounded or guessed.
    const value = 'type' in schema && schema.type === 'integer' && /^-?\d+$/.test(text ?? '') ? Number(text) : text;
    if (Value.Check(schema, value)) values[name] = value;
    else wrong.push(`${name} ${expectationOf(schema)}`);
  }
  if (wrong.length > 0) throw new StartError(`Bad setting: ${wrong.join('; ')}.`);
  const config = values as Config;
  if (config.DATABASE_URL !== undefined && config.AUTH_SECRET === undefined) {
    throw new StartError('AUTH_SECRET is missing: with DATABASE_URL, set it to the same 32 or more random characters on every instance.');
  }
  return config;
}

/** What a setting must be, in the words of its schema. */
export function expectationOf(schema: TSchema): string {
  const { anyOf: [first] = [schema] } = schema as { anyOf?: TSchema[] };
  const { type, minimum, maximum, minLength, pattern, format, enum: choices } = first as Record<string, unknown>;
  if (Array.isArray(choices)) return `must be one of ${choices.join(', ')}`;
  if (type === 'integer') return `must be a whole number from ${String(minimum)} to ${String(maximum)}`;
  if (format === 'time-zone') return 'must be an IANA time zone such as Asia/Seoul';
  if (typeof pattern === 'string') return patternTexts[pattern] ?? `must match ${pattern}`;
  return minLength === 1 ? 'must not be empty' : `must have at least ${String(minLength)} characters`;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A name that both Intl and PostgreSQL understand alike; of offsets such as +09:00 they do not. */
function isTimeZone(name: string): boolean {
  try {
    return /^[a-z]/i.test(name) && Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
