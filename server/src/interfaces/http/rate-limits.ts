import rateLimit from '@fastify/rate-limit';
import { Refusal } from '../../domain/refusal.ts';
import { networkOf } from './address.ts';
import type { App } from './app-type.ts';
import { callerOf } from './authenticate.ts';

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
    global: false,
    timeWindow: 60_000,
    cache: 100_000,
    // An answer tells of a limit only when it is exceeded: three more headers would cost every answer as much as its routing does.
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: (_request, { ttl }) => new Refusal('RATE_LIMITED', { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  });
  const limitAccount = app.rateLimit({ max: accountPerMinute, keyGenerator: (request) => callerOf(request).userId });
  const limitAddress = app.rateLimit({ max: authAddressPerMinute, keyGenerator: (request) => networkOf(request.ip) });
  // After the token has been checked, before the body is read.
  app.addHook('onRequest', async (request, reply) => {
    if (request.caller) await limitAccount.call(app, request, reply);
    else if (request.url.startsWith('/auth/')) await limitAddress.call(app, request, reply);
  });
}
