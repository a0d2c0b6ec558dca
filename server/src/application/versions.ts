import { ReplayableRefusal } from './desk.ts';
import type { Decided } from './desk.ts';
import type { Recorded } from './admin-ports.ts';
import { Refusal } from '../domain/refusal.ts';

/** The versions on which an operator's change was made; undefined where any will do. */
export type ExpectedVersions = readonly number[] | undefined;

/** Refuses PRECONDITION_FAILED, with the record as it is now, where it has been changed since the operator read it. */
export function checkVersion(expected: ExpectedVersions, current: { version: number }): void {
  if (expected && !expected.includes(current.version)) throw new Refusal('PRECONDITION_FAILED', { current });
}

/** The recorded answer as the application gives it: a refusal is thrown. */
export function decidedOf<T>({ answer, replayed }: Recorded<T>): Decided<T> {
  if ('accepted' in answer) return { value: answer.accepted, replayed };
  throw new ReplayableRefusal(answer.refused.code, answer.refused.details, replayed);
}
