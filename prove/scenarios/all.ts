import type { Scenario } from '../round.ts';
import { couponRush } from './coupon-rush.ts';
import { cutSockets } from './cut-sockets.ts';
import { diskFull } from './disk-full.ts';
import { hungOnVariant, hungOnWallet } from './hung-session.ts';
import { killDatabase } from './kill-database.ts';
import { killServer } from './kill-server.ts';
import { lastUnit } from './last-unit.ts';
import { blockedReads, noConnections } from './no-connections.ts';
import { oneBalance } from './one-balance.ts';
import { oppositeItems } from './opposite-items.ts';
import { rollingUpgrade } from './rolling-upgrade.ts';
import { sameBuyerClaims } from './same-buyer-claims.ts';
import { rollingRestart, stopServer } from './stop-server.ts';
import { wrongClocks } from './wrong-clocks.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  lastUnit,
  couponRush,
  sameBuyerClaims,
  oneBalance,
  oppositeItems,
  cutSockets,
  killServer,
  stopServer,
  rollingRestart,
  killDatabase,
  hungOnVariant,
  hungOnWallet,
  blockedReads,
  noConnections,
  diskFull,
  wrongClocks,
  rollingUpgrade,
];
