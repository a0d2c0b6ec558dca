import type { Measured } from './load.ts';
import { say } from './program.ts';
import type { LimitedCoupon, Oversell } from './races.ts';

export interface Result {
  shop: string;
  loads: Measured[];
  oversell: Oversell;
  coupon: LimitedCoupon;
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
function printTable(rows: string[][]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) say(row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '));
}

const sum = (failures: Record<string, number>) => String(Object.values(failures).reduce((total, count) => total + count, 0));

export function printLoads(results: Result[]): void {
  say('\npurchases, about 10 % of one product');
  const rows = results.flatMap(({ shop, loads }) =>
    loads.map((load) => [
      shop, String(load.concurrency), load.perSecond.toFixed(1), load.p50Ms.toFixed(0), load.p99Ms.toFixed(0), load.callsPerPurchase.toFixed(1),
      load.serverCpuMs.toFixed(2), load.postgresCpuMs.toFixed(2), String(load.refused), sum(load.failures),
    ]),
  );
  printTable([['shop', 'buyers', 'purchases/s', 'p50 ms', 'p99 ms', 'calls', 'server CPU ms', 'postgres CPU ms', 'refused', 'failed'], ...rows]);
}

export function printRaces(results: Result[]): void {
  say('\nmore buyers than units, all at once');
  printTable([
    ['shop', 'buyers', 'told bought', 'told refused', 'failed', 'orders', 'units sold', 'units left', 'seconds'],
    ...results.map(({ shop, oversell: race }) => [
      shop, String(race.buyers), String(race.bought), String(race.refused), sum(race.failures), String(race.orders), String(race.units), String(race.left), race.seconds.toFixed(1),
    ]),
  ]);
  say('\nmore buyers than uses of a coupon, all at once');
  printTable([
    ['shop', 'buyers', 'told bought', 'told refused', 'failed', 'orders with discount', 'seconds'],
    ...results.map(({ shop, coupon: race }) => [
      shop, String(race.buyers), String(race.bought), String(race.refused), sum(race.failures), String(race.discountedOrders), race.seconds.toFixed(1),
    ]),
  ]);
}

/** Each kind of failure, so that none passes for a refusal. */
export function printFailures(results: Result[]): void {
  for (const { shop, loads, oversell, coupon } of results) {
    const parts = [...loads.map(({ concurrency, failures }) => ({ what: `${concurrency} buyers`, failures })), { what: 'units', ...oversell }, { what: 'coupon', ...coupon }];
    for (const { what, failures } of parts) for (const [reason, count] of Object.entries(failures)) say(`${shop}, ${what}: ${count} x ${reason}`);
  }
}
