import type { Command } from './commands.ts';

/** Sequences that once went wrong, or that are easily got wrong, each with what it protects. */
export const regressions: { name: string; batches: Command[][] }[] = [
  {
    name: 'stock given back by a cancellation is sold in the same batch only if the cancellation came first',
    batches: [
      [{ kind: 'hold', user: 0, lines: [{ variant: 1, quantity: 3 }], campaign: null }],
      [
        { kind: 'cancel', order: 0 },
        { kind: 'order', user: 1, lines: [{ variant: 1, quantity: 3 }], campaign: null },
      ],
    ],
  },
  {
    name: 'two payments of one held order at once take the money once',
    batches: [
      [{ kind: 'hold', user: 0, lines: [{ variant: 0, quantity: 2 }], campaign: null }],
      [{ kind: 'pay', order: 0 }, { kind: 'pay', order: 0 }],
    ],
  },
  {
    name: 'a refund that would exceed the largest balance is refused and changes nothing',
    batches: [
      [{ kind: 'order', user: 0, lines: [{ variant: 0, quantity: 4 }], campaign: null }],
      [{ kind: 'charge', user: 0, amount: 970_000 }],
      [{ kind: 'charge', user: 0, amount: 1_000 }],
      [{ kind: 'cancel', order: 2 }],
    ],
  },
  {
    name: 'the coupon of a cancelled order is used again',
    batches: [
      [{ kind: 'issue', user: 0, campaign: 0 }],
      [{ kind: 'order', user: 0, lines: [{ variant: 0, quantity: 3 }], campaign: 0 }],
      [{ kind: 'cancel', order: 0 }],
      [{ kind: 'order', user: 0, lines: [{ variant: 0, quantity: 3 }], campaign: 0 }],
    ],
  },
];
