import type { OnStep } from './load-history.ts';

/** Tells on stdout what is being done: on a terminal in one line that moves, elsewhere in one line for each step and each tenth of the orders. */
export function showSteps(orders: number): OnStep {
  const startedMs = performance.now();
  const moving = process.stdout.isTTY;
  let shown = '';
  let ordersMs = 0;
  return (step, done = 0) => {
    if (step === 'orders' && done === 0) ordersMs = performance.now();
    const share = done > 0 ? ` ${done} of ${orders}` : '';
    const key = `${step} ${Math.floor((done * 10) / Math.max(1, orders))}`;
    if (!moving && key === shown) return;
    shown = key;
    const rate = done > 0 ? `, ${Math.round((done * 1000) / (performance.now() - ordersMs))} a second` : '';
    const line = `${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${step}${share}${rate}`;
    process.stdout.write(moving ? `\r${line.padEnd(70)}${step === 'vacuum' ? '\n' : ''}` : `${line}\n`);
  };
}
