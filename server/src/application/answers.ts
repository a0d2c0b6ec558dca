import type { Books } from '../domain/books.ts';
import { type Order, asPlaced } from '../domain/order.ts';
import { Refusal, assertInvariant } from '../domain/refusal.ts';
import type { Answer, IdempotencyGuard, RecordedAnswer } from './ports.ts';
import { type OrderView, orderView } from './views.ts';

/** An answer, and whether it is the one recorded for an earlier request with the same Idempotency-Key. */
export interface Outcome<T = unknown> {
  answer: Answer<T>;
  replayed: boolean;
}

/** What a use case gives when it was not refused. */
export interface Decided<T> {
  value: T;
  replayed: boolean;
}

/** A refusal that may be a recorded one. */
export class ReplayableRefusal extends Refusal {
  readonly replayed: boolean;

  constructor(code: Refusal['code'], details: Refusal['details'], replayed: boolean) {
    super(code, details);
    this.replayed = replayed;
  }
}

/** Lets a rule decide on the books. A refusal is an answer too, and must not have written anything; any other error is thrown on. */
export function answerOf<T>(books: Books, decide: () => T): Answer<T> {
  const entriesBefore = books.entryCount;
  try {
    return { accepted: decide() };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    assertInvariant(books.entryCount === entriesBefore, `refusal ${error.code} after something was written`);
    return { refused: { code: error.code, details: error.details } };
  }
}

/** What `placeOrder` or `orderCart` answered when it placed this order, told by the order as it is now. */
export function answerOfPlaced(order: Order): Answer<OrderView> {
  return { accepted: orderView(asPlaced(order)) };
}

/** The outcome of a request whose key is recorded already: the first answer again, or IDEMPOTENCY_KEY_REUSED for another request. */
export function replayOf(guard: IdempotencyGuard, earlier: RecordedAnswer): Outcome {
  if (earlier.requestHash.equals(guard.requestHash)) return { answer: earlier.answer, replayed: true };
  return { answer: { refused: { code: 'IDEMPOTENCY_KEY_REUSED', details: {} } }, replayed: false };
}

/** Gives what was accepted; throws a refusal. */
export function decidedOf<T>({ answer, replayed }: Outcome<T>): Decided<T> {
  if ('accepted' in answer) return { value: answer.accepted, replayed };
  throw new ReplayableRefusal(answer.refused.code, answer.refused.details, replayed);
}
