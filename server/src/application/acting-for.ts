import type { Books } from '../domain/books.ts';
import type { OperatorAction, OperatorActionName } from '../domain/operator-action.ts';
import type { Actor } from '../domain/order.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Caller, subjectOf } from '../domain/user.ts';

/** Whose it is, and who acts. Refuses FORBIDDEN where a customer names another user. */
export function actingFor(caller: Caller, named: string | undefined): { userId: string; actor: Actor } {
  const userId = subjectOf(caller, named);
  if (userId === undefined) throw new Refusal('FORBIDDEN');
  return { userId, actor: { changedBy: userId === caller.userId ? 'USER' : 'OPERATOR', userId: caller.userId } };
}

/** Leaves a line in the audit log where an operator acts for a user; what users do themselves is in the histories. */
export function recordForUser(
  books: Books,
  actor: Actor,
  action: OperatorActionName,
  subjectType: OperatorAction['subjectType'],
  subjectId: string,
  before: unknown,
  after: unknown,
): void {
  if (actor.changedBy !== 'OPERATOR') return;
  books.recordOperatorAction({ operatorId: actor.userId, action, subjectType, subjectId, reason: null, before, after });
}
