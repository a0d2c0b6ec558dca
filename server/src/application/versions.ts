import { Refusal } from '../domain/refusal.ts';

/** The versions on which an operator's change was made; undefined where any will do. */
export type ExpectedVersions = readonly number[] | undefined;

/** Refuses PRECONDITION_FAILED, with the record as it is now, where it has been changed since the operator read it. */
export function checkVersion(expected: ExpectedVersions, current: { version: number }): void {
  if (expected && !expected.includes(current.version)) throw new Refusal('PRECONDITION_FAILED', { current });
}
