import { expect } from 'vitest';
import type { TestShop } from './shop.ts';

/** Until so many sessions wait for a lock, on a row of the table. */
export async function expectWaiting({ rows }: TestShop, count: number, table = ''): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE '%' || $1 || '%'`;
  await expect.poll(async () => (await rows(waiting, [table])).length, { timeout: 2_500 }).toBe(count);
}
