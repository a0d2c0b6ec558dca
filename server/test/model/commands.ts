import * as fc from 'fast-check';

/** Users, variants and campaigns are named by number; orders by the number of the command that made them. */
export type Command =
  | { kind: 'charge'; user: number; amount: number }
  | { kind: 'order'; user: number; lines: { variant: number; quantity: number }[]; campaign: number | null }
  | { kind: 'hold'; user: number; lines: { variant: number; quantity: number }[]; campaign: number | null }
  | { kind: 'pay'; order: number }
  | { kind: 'cancel'; order: number }
  | { kind: 'endHold'; order: number }
  | { kind: 'issue'; user: number; campaign: number }
  | { kind: 'adjustStock'; variant: number; delta: number };

/** A shop so small that everything is contended. */
export const start = {
  balances: [30_000, 30_000, 0],
  variants: [
    { price: 1_000, stock: 8 },
    { price: 7_000, stock: 3 },
    { price: 400_000, stock: 2 },
  ],
  campaigns: [
    { discountType: 'AMOUNT' as const, discountValue: 2_500, discountMax: null, minimumOrderAmount: 2_000, totalQuantity: 2 },
    { discountType: 'PERCENT' as const, discountValue: 33, discountMax: 3_000, minimumOrderAmount: 0, totalQuantity: 1 },
  ],
};

const index = (list: unknown[]) => fc.nat({ max: list.length - 1 });
const user = index(start.balances);
const variant = index(start.variants);
const campaign = index(start.campaigns);
const lines = fc.array(fc.record({ variant, quantity: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 3 });
const terms = { user, lines, campaign: fc.option(campaign, { nil: null }) };
/** Counted back from the present, so that most of them name an order. */
const order = fc.nat({ max: 5 });

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('charge'), user, amount: fc.constantFrom(0, 1, 5_000, 400_000, 1_000_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('order'), ...terms }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('hold'), ...terms }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pay'), order }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel'), order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endHold'), order }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('issue'), user, campaign }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('adjustStock'), variant, delta: fc.constantFrom(-3, -2, -1, 1, 2, 3) }) },
);
