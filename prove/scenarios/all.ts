import type { Scenario } from '../round.ts';
import { lastUnit } from './last-unit.ts';

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [lastUnit];
