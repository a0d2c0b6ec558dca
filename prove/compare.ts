import type { Recorded } from './client.ts';
import type { Facts, Opening } from './facts.ts';
import { priceOf } from './facts.ts';

/** Something that is not as it was answered; every one fails the run. */
export interface Difference {
  what: string;
  /** Names the ids it is about. */
  detail: string;
  /** Idempotency-Keys of the requests it is about. */
  keys: string[];
}

/** What the record says and what the database says, fact by fact. */
export function compareFacts(answered: Facts, stored: Facts): Difference[] {
  const differences: Difference[] = [];
  for (const fact of new Set([...answered.amounts.keys(), ...stored.amounts.keys()])) {
    const expected = answered.amounts.get(fact) ?? 0;
    const found = stored.amounts.get(fact) ?? 0;
    if (expected === found) continue;
    const isSum = /^(?:balance|stock|issued quantity) of /.test(fact);
    const what = isSum ? 'total differs' : found < expected ? 'answered but not in the database' : 'in the database but never answered';
    differences.push({ what, detail: `${fact}: ${expected} by the answers, ${found} in the database`, keys: answered.because.get(fact) ?? [] });
  }
  return differences;
}

/** What can be told from the answers alone: nothing stays open, no 5xx but 503, prices are right, places have no gap, repeats agree. */
export function checkAnswers(opening: Opening, record: Recorded[]): Difference[] {
  return [...record.flatMap((recorded) => checkRequest(opening, recorded)), ...checkPlaces(record)];
}

function checkRequest({ variants }: Opening, recorded: Recorded): Difference[] {
  const { buyer, operation, key, attempts, answer, repeats } = recorded;
  const differences: Difference[] = [];
  const add = (what: string, detail: string) => {
    differences.push({ what, detail: `${operation.kind} of user ${buyer.userId}: ${detail}`, keys: [key ?? 'no key'] });
  };
  const tries = attempts.map(({ server, outcome }) => `server ${server} ${outcome.status ?? outcome.why}`).join(', ');
  for (const { outcome } of attempts) {
    if (outcome.status === 503 && !outcome.saysWhenToRetry) add('503 without Retry-After', outcome.body.code ?? '');
    if (outcome.status !== null && outcome.status >= 500 && outcome.status !== 503) add('unexpected answer', `${outcome.status} ${outcome.body.code}`);
  }
  if (!answer) {
    add('never settled', tries);
    return differences;
  }
  if (answer.status >= 400 && answer.status !== 409 && answer.status !== 503) add('unexpected answer', `${answer.status} ${answer.body.code}`);
  if (answer.status < 300 && (operation.kind === 'order' || operation.kind === 'hold')) {
    const { orderId, totalPrice, discountAmount = 0 } = answer.body;
    const price = priceOf(variants, operation.items) - discountAmount;
    if (totalPrice !== price) add('wrong price', `order ${orderId} costs ${totalPrice} instead of ${price}`);
  }
  for (const { server, outcome } of repeats) {
    const same = outcome.status === answer.status && outcome.replayed && JSON.stringify(outcome.body) === JSON.stringify(answer.body);
    if (!same) add('a repeat was answered otherwise', `${JSON.stringify(answer.body)} first, then by server ${server} ${JSON.stringify(outcome)}`);
  }
  return differences;
}

function checkPlaces(record: Recorded[]): Difference[] {
  const places = new Map<string, number[]>();
  for (const { operation, answer } of record) {
    if (operation.kind !== 'claim' || !answer || answer.status >= 300) continue;
    const known = places.get(operation.couponId) ?? [];
    known.push(answer.body.sequence ?? 0);
    places.set(operation.couponId, known);
  }
  return [...places].flatMap(([couponId, sequences]) => {
    const wrong = sequences.toSorted((a, b) => a - b).findIndex((sequence, index) => sequence !== index + 1);
    if (wrong < 0) return [];
    return [{ what: 'places with a gap', detail: `coupon ${couponId}: nobody, or somebody twice, has place ${wrong + 1} of ${sequences.length}`, keys: [] }];
  });
}
