import { createHash, randomBytes } from 'node:crypto';
import { Refusal } from '../domain/refusal.ts';
import { type Caller, normalizeEmail } from '../domain/user.ts';
import type { LoginFailures } from './login-failures.ts';
import type { AccessTokens, PasswordHasher, SessionStore, UserStore } from './ports.ts';

export interface Tokens {
  accessToken: string;
  /** Opaque, good for one refresh. Only its hash is stored. */
  refreshToken: string;
  /** Life of the access token, in seconds. */
  expiresIn: number;
}

export interface Authentication {
  /**
   * Refuses INVALID_CREDENTIALS, the same for an unknown email and a wrong password, and RATE_LIMITED after too many of these for one email
   * or from one network address.
   */
  logIn(credentials: { email: string; password: string }, address: string): Promise<Tokens>;
  /** Refuses INVALID_REFRESH_TOKEN. A token used twice revokes its whole session. */
  refresh(refreshToken: string): Promise<Tokens>;
  /** Ends a session: the caller's own, or the one of the refresh token. */
  logOut(session: { sessionId?: string | undefined; refreshToken?: string | undefined }): Promise<void>;
}

export interface AuthenticationParts {
  users: UserStore;
  sessions: SessionStore;
  passwords: PasswordHasher;
  failures: LoginFailures;
  accessTokens: AccessTokens;
  newId: () => string;
  sessionLifeDays: number;
}

/** Sessions of a short-lived access token and a rotating refresh token. */
export function authentication(parts: AuthenticationParts): Authentication {
  const { users, sessions, passwords, failures, accessTokens } = parts;

  function tokensFor(caller: Caller, sessionId: string, refreshToken: string): Tokens {
    return { accessToken: accessTokens.issue(caller, sessionId), refreshToken, expiresIn: accessTokens.lifeSeconds };
  }

  return {
    async logIn({ email: typed, password }, address) {
      const email = normalizeEmail(typed);
      failures.refuseTooMany(email, address);
      const account = await users.findCredentials(email);
      // Counted when its turn comes: of many tries at once, those that waited must see the failures of those before them.
      const matches = await passwords.verify(password, account?.passwordHash, () => failures.begin(email, address));
      if (!account || !matches) throw new Refusal('INVALID_CREDENTIALS');
      failures.succeed(email, address);
      const sessionId = parts.newId();
      const refreshToken = newRefreshToken();
      await sessions.insert({
        sessionId,
        userId: account.userId,
        refreshTokenHash: hashOf(refreshToken),
        lifeDays: parts.sessionLifeDays,
      });
      return tokensFor(account, sessionId, refreshToken);
    },

    async refresh(refreshToken) {
      const next = newRefreshToken();
      const session = await sessions.rotate(hashOf(refreshToken), hashOf(next));
      if (!session) throw new Refusal('INVALID_REFRESH_TOKEN');
      return tokensFor(session, session.sessionId, next);
    },

    async logOut({ sessionId, refreshToken }) {
      if (refreshToken !== undefined) await sessions.revokeByToken(hashOf(refreshToken));
      if (sessionId !== undefined) await sessions.revoke(sessionId);
    },
  };
}

function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(refreshToken: string): Buffer {
  return createHash('sha256').update(refreshToken).digest();
}
