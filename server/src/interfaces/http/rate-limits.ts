import rateLimit from '@fastify/rate-limit';
import { Refusal } from '../../domain/refusal.ts';
import { networkOf } from './address.ts';
import type { App } from './app-type.ts';

export interface RateLimits {
  /** Requests in a minute by one account. */
  accountPerMinute: number;
  /** Requests in a minute to `/auth` by one address that is not logged in. */
  authAddressPerMinute: number;
}

/**
 * Limits each account, and each address only where it is not logged in and asks for `/auth`: many accounts behind one address (a
 * mobile carrier, a load test) are not throttled, and browsing is free.
 */
export async function limitRates(app: App, { accountPerMinute, authAddressPerMinute }: RateLimits): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    // After the token has been checked, before the body is read.
    hook: 'onRequest',
    timeWindow: 60_000,
    cache: 100_000,
    max: (request) => (request.caller ? accountPerMinute : authAddressPerMinute),
    keyGenerator: (request) => request.caller?.userId ?? networkOf(request.ip),
    allowList: (request) => !request.caller && !request.url.startsWith('/auth/'),
    errorResponseBuilder: (_request, { ttl }) => new Refusal('RATE_LIMITED', { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  });
}
