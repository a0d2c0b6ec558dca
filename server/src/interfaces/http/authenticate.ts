import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessTokens, UserStore } from '../../application/ports.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type Caller, subjectOf } from '../../domain/user.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route: anyone, or only an account (the default), or only an operator. */
    access?: 'public' | 'operator';
  }
  interface FastifyRequest {
    caller: (Caller & { sessionId: string | undefined }) | null;
  }
}

/**
 * Checks the bearer token of every request. On a public route a token is optional and a bad one is ignored; elsewhere it is refused
 * with UNAUTHENTICATED, and a customer on an operator's route with FORBIDDEN.
 */
export function authenticate(app: FastifyInstance, accessTokens: AccessTokens): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) return done();
    const { access } = request.routeOptions.config;
    const token = bearerToken(request);
    request.caller = (token === undefined ? undefined : accessTokens.verify(token)) ?? null;
    if (access === 'public') return done();
    if (!request.caller) return done(new Refusal('UNAUTHENTICATED'));
    if (access === 'operator' && request.caller.role !== 'operator') return done(new Refusal('FORBIDDEN'));
    return done();
  });
}

export function bearerToken(request: FastifyRequest): string | undefined {
  // The scheme's case does not count (RFC 9110).
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** The account behind the request, on a route that needs one. */
export function callerOf(request: FastifyRequest): Caller & { sessionId: string | undefined } {
  if (!request.caller) throw new Refusal('UNAUTHENTICATED');
  return request.caller;
}

/** Refuses USER_NOT_FOUND where an operator asks for the list of a user who does not exist; one's own account does. */
export async function refuseUnknownSubject(request: FastifyRequest, users: UserStore, subject: string): Promise<void> {
  if (subject !== callerOf(request).userId && !(await users.find(subject))) throw new Refusal('USER_NOT_FOUND');
}

/** The user whom the request is about; refuses FORBIDDEN for another's id. */
export function subjectOfRequest(request: FastifyRequest, userId: string | undefined): string {
  const subject = subjectOf(callerOf(request), userId);
  if (subject === undefined) throw new Refusal('FORBIDDEN');
  return subject;
}
