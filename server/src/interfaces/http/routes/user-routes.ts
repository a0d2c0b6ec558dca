import { Type } from 'typebox';
import type { UserStore } from '../../../application/ports.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { roles } from '../../../domain/user.ts';
import type { App } from '../app-type.ts';
import { callerOf } from '../authenticate.ts';
import { Id, Nullable, OneOf, Time, problemResponses } from '../fields.ts';

export const User = Type.Object({
  userId: Id,
  email: Type.String(),
  name: Type.String(),
  phone: Nullable(Type.String()),
  role: OneOf(roles),
  createdAt: Time,
});

export function userRoutes(app: App, users: UserStore): void {
  app.get(
    '/me',
    {
      schema: {
        operationId: 'getMe',
        summary: 'The account behind the access token',
        tags: ['identity'],
        response: { 200: User, ...problemResponses(401, 404, 429, 503) },
      },
    },
    async (request) => {
      const user = await users.find(callerOf(request).userId);
      if (!user) throw new Refusal('USER_NOT_FOUND');
      return user;
    },
  );
}
