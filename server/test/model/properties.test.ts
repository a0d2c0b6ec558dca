import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findImbalances } from '../imbalances.ts';
import type { TestShop } from '../shop.ts';
import { command, type Command } from './commands.ts';
import { ShopApi } from './shop-api.ts';
import { ShopDomain } from './shop-domain.ts';
import { ShopModel, type ModelState } from './shop-model.ts';
import { regressions } from './regressions.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await ShopApi.openShop();
});
afterAll(() => shop.close());

type Numbered = { number: number; command: Command };

/** Numbers the commands; orders are named as counted back, and an order of the same batch is out of reach. */
function numbered(batches: Command[][]): Numbered[][] {
  let number = 0;
  return batches.map((batch) => {
    const first = number;
    return batch.map((each) => {
      number += 1;
      return { number, command: 'order' in each ? { ...each, order: first - each.order } : each };
    });
  });
}

/** `FAST_CHECK_SEED` repeats a run; without it each run takes a new one, which a failure prints. */
const seed = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31);

function expectInBounds({ balances, stocks, issued }: ModelState): void {
  for (const balance of balances) expect(balance).toSatisfy((won: number) => won >= 0 && won <= 1_000_000);
  for (const stock of stocks) expect(stock).toBeGreaterThanOrEqual(0);
  for (const count of issued) expect(count).toBeLessThanOrEqual(2);
}

function checkDomain(batches: Command[][]): void {
  const model = new ShopModel();
  const domain = new ShopDomain();
  for (const batch of numbered(batches)) {
    // In the domain a coupon issued in a batch can only be used in the next, as an answer must come first.
    const playable = batch.filter((each) => !usesCouponOfBatch(each.command, model, batch));
    expect(domain.runBatch(playable)).toEqual(playable.map((each) => model.run(each.number, each.command)));
    expect(domain.state()).toEqual(model.state());
    expectInBounds(domain.state());
  }
}

function usesCouponOfBatch(each: Command, before: ShopModel, batch: Numbered[]): boolean {
  if ((each.kind !== 'order' && each.kind !== 'hold') || each.campaign === null) return false;
  const { campaign, user } = each;
  const issuedNow = batch.some(({ command: other }) => other.kind === 'issue' && other.campaign === campaign && other.user === user);
  return issuedNow && before.coupons[campaign]?.[user] === null;
}

/** Requests sent at once are decided in some order: one must exist in which the model answers and ends the same. */
async function checkApi(batches: Command[][]): Promise<void> {
  const api = await ShopApi.open(shop);
  let candidates = [new ShopModel()];
  for (const batch of numbered(batches)) {
    const before = candidates[0]!;
    const playable = batch.filter((each) => !usesCouponOfBatch(each.command, before, batch) && !waitsForTime(each.command, batch));
    const answers = await api.runBatch(playable);
    const state = await api.state();
    expectInBounds(state);
    const explained = candidates.flatMap((model) => explanations(model, playable, answers, state));
    expect(explained, explain(playable, answers, state, before)).not.toHaveLength(0);
    candidates = explained.slice(0, 1);
  }
}

/** The end of a hold takes the job a moment, so it stands alone in its batch. */
function waitsForTime({ kind }: Command, batch: Numbered[]): boolean {
  return kind === 'endHold' && batch.length > 1;
}

function explanations(model: ShopModel, batch: Numbered[], answers: string[], state: ModelState): ShopModel[] {
  const results: ShopModel[] = [];
  const target = JSON.stringify(sorted(state));
  const step = (current: ShopModel, left: number[]): void => {
    if (left.length === 0) {
      if (JSON.stringify(sorted(current.state())) === target) results.push(current);
      return;
    }
    for (const index of left) {
      const next = current.copy();
      const { number, command: each } = batch[index]!;
      if (next.run(number, each) === answers[index]) step(next, left.filter((other) => other !== index));
    }
  };
  step(model, batch.map((_, index) => index));
  return results;
}

function sorted(state: ModelState): ModelState {
  return { ...state, orders: Object.fromEntries(Object.entries(state.orders).toSorted(([a], [b]) => Number(a) - Number(b))) };
}

function explain(batch: Numbered[], answers: string[], state: ModelState, before: ShopModel): string {
  return JSON.stringify({ before: before.state(), batch: batch.map((each, index) => ({ ...each, answer: answers[index] })), after: state }, null, 1);
}

test('any sequence of commands, decided in batches of any size, leaves the domain where the model is', () => {
  fc.assert(fc.property(fc.array(fc.array(command, { minLength: 1, maxLength: 12 }), { maxLength: 8 }), checkDomain), { seed, numRuns: 1_000 });
});

test('any sequence of commands, sent at once in groups, leaves PostgreSQL where the model is in some order of each group', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.array(command, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 10 }), checkApi), {
    seed,
    numRuns: 40,
    endOnFailure: true,
  });
  // The users were given their first balance and the variants their first stock with a history line, so everything adds up.
  expect(await findImbalances(shop.rows)).toEqual([]);
});

test.each(regressions)('regression: $name', async ({ batches }) => {
  checkDomain(batches);
  await checkApi(batches);
});
