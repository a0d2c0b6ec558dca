import type { Books } from '../domain/books.ts';
import { type Outcome, answerOf, replayOf } from './answers.ts';
import type { DeskStore, IdempotencyGuard, Needs, RecordedAnswer } from './ports.ts';

/** One request at the desk: what it needs, and the rule that decides on it. */
export interface DeskRequest<T> {
  needs: Partial<Needs>;
  /**
   * Pure and synchronous: reads and writes the books, or throws a `Refusal` before it has written anything. Gives plain JSON, because
   * a repeat of the request gets it from the idempotency table.
   */
  decide: (books: Books) => T;
  /** Of what `decide` gives, the id of the order that it placed, where a repeat can be answered by the order: see `answerOfPlaced`. */
  placedOrderId?(value: T): string;
  guard?: IdempotencyGuard | undefined;
}

/**
 * Decides requests in one transaction, in their order, each seeing the effects of those before it. A repeat gets the answer recorded
 * under its Idempotency-Key. Gives one outcome for each request once they are durable; rejects when nothing of it has happened. Calls
 * `onDecided` when all is decided and about to be stored, with how many things are to be.
 */
export async function decideTogether(store: DeskStore, requests: DeskRequest<unknown>[], onDecided: (entries: number) => void): Promise<Outcome[]> {
  let outcomes: Outcome[] = [];
  const guards = requests.flatMap(({ guard }) => guard ?? []);
  await store.transact(unionOfNeeds(requests), guards, (books, recorded) => {
    outcomes = [];
    const answers = new Map(recorded.map((entry) => [guardId(entry), entry]));
    const fresh: RecordedAnswer[] = [];
    for (const request of requests) {
      const { guard } = request;
      const earlier = guard && answers.get(guardId(guard));
      if (guard && earlier) {
        outcomes.push(replayOf(guard, earlier));
        continue;
      }
      const answer = answerOf(books, () => request.decide(books));
      outcomes.push({ answer, replayed: false });
      if (guard) {
        const placedOrderId = 'accepted' in answer ? request.placedOrderId?.(answer.accepted) : undefined;
        const entry = { ...guard, answer, placedOrderId };
        answers.set(guardId(guard), entry);
        fresh.push(entry);
      }
    }
    onDecided(books.entryCount);
    return fresh;
  });
  return outcomes;
}

function guardId({ callerId, key }: IdempotencyGuard): string {
  return `${callerId}\0${key}`;
}

/** Everything that the requests need, each once, in the order in which it is locked everywhere. */
export function unionOfNeeds(requests: { needs: Partial<Needs> }[]): Needs {
  const union = (kind: keyof Needs): string[] => [...new Set(requests.flatMap(({ needs }) => needs[kind] ?? []))].toSorted();
  return {
    users: union('users'),
    wallets: union('wallets'),
    variants: union('variants'),
    variantsOfProducts: union('variantsOfProducts'),
    orders: union('orders'),
    coupons: union('coupons'),
    issuedCoupons: union('issuedCoupons'),
    carts: union('carts'),
  };
}
