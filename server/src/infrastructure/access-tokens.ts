import { createSigner, createVerifier } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import type { AccessTokens } from '../application/ports.ts';
import { type Caller, type Role, roles } from '../domain/user.ts';

type Verified = Caller & { sessionId: string | undefined };
interface Remembered {
  verified: Verified;
  expiresMs: number;
}

/** Recently verified tokens, so that most requests do not check a signature at all. */
const cachedTokensMax = 100_000;

/**
 * Signed JSON Web Tokens (HS256), checked synchronously: a promise for each would cost more than the check. `isRevoked` tells whether
 * a session has been revoked within a token's life; it is asked on every call, so a cached token does not outlive its session.
 */
export function signedAccessTokens(
  secret: string,
  lifeSeconds: number,
  isRevoked: (sessionId: string) => boolean,
): AccessTokens {
  const verifySignature = createVerifier({ key: secret, algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] });
  const cache = new LRUCache<string, Remembered>({ max: cachedTokensMax });

  function check(token: string): Remembered | undefined {
    try {
      const { sub: userId, role, sid, exp }: TokenClaims = verifySignature(token);
      if (typeof userId !== 'string' || !roles.includes(role as Role)) return undefined;
      const verified = { userId, role: role as Role, sessionId: typeof sid === 'string' ? sid : undefined };
      const remembered = { verified, expiresMs: Number(exp) * 1000 };
      cache.set(token, remembered);
      return remembered;
    } catch {
      // Whatever is wrong with a token, it is not a token of ours.
      return undefined;
    }
  }

  return {
    lifeSeconds,

    issue: (caller, sessionId) => signAccessToken(secret, caller, lifeSeconds, sessionId),

    verify(token) {
      const known = cache.get(token) ?? check(token);
      if (!known || known.expiresMs <= Date.now()) return undefined;
      const { verified } = known;
      return verified.sessionId !== undefined && isRevoked(verified.sessionId) ? undefined : verified;
    },
  };
}

interface TokenClaims {
  sub?: unknown;
  role?: unknown;
  sid?: unknown;
  exp?: unknown;
}

/** Signs one token. Without a session it cannot be revoked: only the command line makes such tokens, for load tools. */
export function signAccessToken(secret: string, { userId, role }: Caller, lifeSeconds: number, sessionId?: string): string {
  const sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: lifeSeconds * 1000 });
  return sign({ sub: userId, role, ...(sessionId === undefined ? {} : { sid: sessionId }) });
}
