import { Type } from 'typebox';
import type { Authentication } from '../../../application/log-in.ts';
import type { Register } from '../../../application/register.ts';
import { networkOf } from '../address.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../authenticate.ts';
import { Closed, Text, problemResponses } from '../fields.ts';
import { User } from './user-routes.ts';

const Email = Type.String({ format: 'email', maxLength: 254 });
const Password = Type.String({ minLength: 8, maxLength: 200, description: 'At least 8 characters.' });
const RefreshToken = Type.String({ minLength: 1, maxLength: 200 });

const Tokens = Type.Object({
  accessToken: Type.String({ description: 'Send it as `Authorization: Bearer ...`.' }),
  refreshToken: Type.String({ description: 'Good for one refresh; each refresh gives the next.' }),
  expiresIn: Type.Integer({ description: 'Life of the access token, in seconds.' }),
});

export interface AuthRoutes {
  register: Register;
  authentication: Authentication;
}

export function authRoutes(app: App, { register, authentication }: AuthRoutes): void {
  app.post(
    '/auth/register',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'register',
        summary: 'Open an account',
        tags: ['identity'],
        security: [],
        body: Closed({
          email: Email,
          password: Password,
          name: Text({ minLength: 1, maxLength: 100 }),
          phone: Type.Optional(Type.String({ pattern: '^[+0-9][0-9 -]{3,29}$' })),
        }),
        response: { 201: User, ...problemResponses(400, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => reply.code(201).send(await register(request.body)),
  );

  app.post(
    '/auth/login',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'logIn',
        summary: 'Log in',
        description: 'After too many failures, for one email or from one address, the answer is 429 for some minutes.',
        tags: ['identity'],
        security: [],
        body: Closed({ email: Email, password: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: { 200: Tokens, ...problemResponses(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request) => authentication.logIn(request.body, networkOf(request.ip)),
  );

  app.post(
    '/auth/refresh',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'refresh',
        summary: 'Trade a refresh token for new tokens',
        description: 'A refresh token that was already used ends its whole session.',
        tags: ['identity'],
        security: [],
        body: Closed({ refreshToken: RefreshToken }),
        response: { 200: Tokens, ...problemResponses(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request) => authentication.refresh(request.body.refreshToken),
  );

  app.post(
    '/auth/logout',
    {
      config: { access: 'public', bodyOptional: true },
      schema: {
        operationId: 'logOut',
        summary: 'End the session of the access token, or of the refresh token where that has run out',
        tags: ['identity'],
        security: [{ accessToken: [] }, {}],
        body: Closed({ refreshToken: Type.Optional(RefreshToken) }),
        response: { 204: Type.Null(), ...problemResponses(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { refreshToken } = request.body;
      if (refreshToken === undefined) callerOf(request);
      await authentication.logOut({ sessionId: request.caller?.sessionId, refreshToken });
      return reply.code(204).send(null);
    },
  );
}
