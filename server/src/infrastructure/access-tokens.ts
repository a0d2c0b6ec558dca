import { SignJWT, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { AccessTokens } from '../application/ports.ts';
import { type Caller, type Role, roles } from '../domain/user.ts';

type Verified = Caller & { sessionId: string | undefined };

/** Recently verified tokens: checking a signature costs more than all else that is done to authenticate a request. */
const cachedTokensMax = 100_000;

/**
 * Signed JSON Web Tokens (HS256). `isRevoked` tells whether a session has been revoked within a token's life; it is asked on every
 * call, so a cached token does not outlive its session.
 */
export function signedAccessTokens(
  secret: string,
  lifeSeconds: number,
  isRevoked: (sessionId: string) => boolean,
): AccessTokens {
  const key = new TextEncoder().encode(secret);
  const cache = new LRUCache<string, Verified>({ max: cachedTokensMax });

  return {
    lifeSeconds,

    issue: (caller, sessionId) => signAccessToken(secret, caller, lifeSeconds, sessionId),

    async verify(token) {
      let verified = cache.get(token);
      if (!verified) {
        const checked = await check(token, key);
        if (!checked) return undefined;
        ({ verified } = checked);
        cache.set(token, verified, { ttl: checked.expiresInMs });
      }
      return verified.sessionId !== undefined && isRevoked(verified.sessionId) ? undefined : verified;
    },
  };
}

/** Signs one token. Without a session it cannot be revoked: only the command line makes such tokens, for load tools. */
export function signAccessToken(secret: string, caller: Caller, lifeSeconds: number, sessionId?: string): Promise<string> {
  return new SignJWT({ role: caller.role, ...(sessionId === undefined ? {} : { sid: sessionId }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(caller.userId)
    .setIssuedAt()
    .setExpirationTime(`${lifeSeconds}s`)
    .sign(new TextEncoder().encode(secret));
}

async function check(token: string, key: Uint8Array): Promise<{ verified: Verified; expiresInMs: number } | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] });
    const { sub: userId, role, sid, exp } = payload;
    if (userId === undefined || !roles.includes(role as Role)) return undefined;
    const sessionId = typeof sid === 'string' ? sid : undefined;
    const expiresInMs = Math.max(1, (exp ?? 0) * 1000 - Date.now());
    return { verified: { userId, role: role as Role, sessionId }, expiresInMs };
  } catch {
    // Whatever is wrong with a token, it is not a token of ours.
    return undefined;
  }
}
