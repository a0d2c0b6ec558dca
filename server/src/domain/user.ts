export const roles = ['customer', 'operator'] as const;
export type Role = (typeof roles)[number];

/** Who performs a request: the account behind the access token. */
export interface Caller {
  userId: string;
  role: Role;
}

/** Two spellings of one address are one account: case and outer spaces do not count. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/**
 * Whom a request is about. `userId` may be left out; a customer may only name themselves, an operator may name anyone.
 * Gives undefined where the caller may not act for that user.
 */
export function subjectOf(caller: Caller, userId: string | undefined): string | undefined {
  if (userId === undefined || userId === caller.userId) return caller.userId;
  return caller.role === 'operator' ? userId : undefined;
}
