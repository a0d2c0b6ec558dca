import { type Role, normalizeEmail } from '../domain/user.ts';
import type { PasswordHasher, UserStore } from './ports.ts';
import type { UserView } from './views.ts';

export interface Registration {
  email: string;
  password: string;
  name: string;
  phone?: string | undefined;
}

export type Register = (registration: Registration) => Promise<UserView>;

/**
 * Opens an account with an empty wallet. Refuses EMAIL_TAKEN; two registrations of one address at once are settled by the
 * unique constraint on the address. The public API only ever makes customers.
 */
export function register(users: UserStore, passwords: PasswordHasher, newId: () => string, role: Role = 'customer'): Register {
  return async ({ email, password, name, phone }) =>
    users.insert({
      userId: newId(),
      email: normalizeEmail(email),
      name,
      phone: phone ?? null,
      role,
      passwordHash: await passwords.hash(password),
    });
}
