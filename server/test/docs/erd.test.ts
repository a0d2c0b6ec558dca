import { afterAll, beforeAll, test } from 'vitest';
import { type TestShop, openShop } from '../shop.ts';
import { drawDatabase, listRules } from './erd.ts';
import { expectPart } from './generated.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

test('docs/erd.md draws the tables that the migrations make', async () => {
  await expectPart('docs/erd.md', 'diagram', await drawDatabase(shop.database.pool));
});

test('docs/erd.md lists what the database refuses by itself', async () => {
  await expectPart('docs/erd.md', 'rules', await listRules(shop.database.pool));
});
