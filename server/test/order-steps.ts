import { Desk } from '../src/application/desk.ts';
import { expireHolds, moveDelivery } from '../src/application/settle-order.ts';
import { deskStore } from '../src/infrastructure/postgres/desk-store.ts';
import { holdQueries } from '../src/infrastructure/postgres/hold-queries.ts';
import type { DeliveryStatus } from '../src/domain/order.ts';
import type { TestShop, TestUser } from './shop.ts';

const deskOf = ({ database }: TestShop) => new Desk(deskStore(database.deskPool), { batchMax: 128, queueMax: 5_000, waitMaxMs: 2_000, lockPatienceMs: 1_000 });

/** Moves a delivery on, as an operator does. */
export async function moveTo(shop: TestShop, operator: TestUser, orderId: string, next: DeliveryStatus): Promise<void> {
  await moveDelivery(deskOf(shop))({ userId: operator.userId, role: 'operator' }, orderId, next);
}

/** One run of the job that ends holds; gives how many it ended. */
export function runHoldExpiry(shop: TestShop): Promise<number> {
  return expireHolds(deskOf(shop), holdQueries(shop.database.db))();
}

/** Puts the end of holds a moment into the past. */
export async function endHolds(shop: TestShop, ...orderIds: string[]): Promise<void> {
  await shop.rows(`UPDATE orders SET hold_expires_at = now() - interval '1 millisecond' WHERE id = ANY($1) AND status = 'PENDING'`, [orderIds]);
}

/** What an order did to the stock, oldest first. */
export async function movementsOf(shop: TestShop, orderId: string): Promise<[type: string, quantity: number][]> {
  const rows = await shop.rows<{ type: string; quantity: number }>('SELECT type, quantity FROM stock_movements WHERE order_id = $1 ORDER BY id', [orderId]);
  return rows.map(({ type, quantity }) => [type, quantity]);
}

/** What an order did to a wallet, oldest first. */
export async function transactionsOf(shop: TestShop, orderId: string): Promise<[type: string, amount: number][]> {
  const rows = await shop.rows<{ type: string; amount: number }>('SELECT type, amount FROM wallet_transactions WHERE order_id = $1 ORDER BY id', [orderId]);
  return rows.map(({ type, amount }) => [type, amount]);
}
