import type { TestShop } from './shop.ts';

/** Where background work writes by itself, at any moment. */
const writtenInBackground = ['outbox_readers', 'product_sales_hourly', 'product_sales_daily', 'kysely_migration', 'kysely_migration_lock'];

/** For each table how many rows it has and a digest of all they hold: equal before and after means that nothing was changed. */
export async function tableContents(shop: Pick<TestShop, 'rows'>): Promise<Record<string, string>> {
  const tables = await shop.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> ALL($1) ORDER BY 1`,
    [writtenInBackground],
  );
  const contents: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await shop.rows<{ content: string }>(
      `SELECT count(*) || ' rows ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS content FROM "${name}" t`,
    );
    contents[name] = row?.content ?? '';
  }
  return contents;
}

/** The tables whose contents differ. */
export function changedTables(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(after).filter((table) => before[table] !== after[table]);
}
