import { beauty } from './catalog/beauty.ts';
import { electronics } from './catalog/electronics.ts';
import { fashion } from './catalog/fashion.ts';
import { food } from './catalog/food.ts';
import { hobby } from './catalog/hobby.ts';
import { home } from './catalog/home.ts';
import type { SampleProduct } from './catalog/sample-product.ts';
import { shoes } from './catalog/shoes.ts';
import { tickets } from './catalog/tickets.ts';

export type { SampleProduct } from './catalog/sample-product.ts';

/** Everything a new installation sells until its operator puts in goods of their own. */
export const sampleProducts: SampleProduct[] = [
  ...shoes,
  ...fashion,
  ...beauty,
  ...food,
  ...electronics,
  ...home,
  ...hobby,
  ...tickets,
];
