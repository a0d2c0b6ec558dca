import type { Pool } from 'pg';

interface Column {
  table: string;
  name: string;
  type: string;
  nullable: boolean;
}

interface Key {
  table: string;
  kind: 'p' | 'u' | 'f';
  columns: string[];
  /** The table that a foreign key refers to. */
  parent: string | null;
}

interface Rule {
  table: string;
  rule: string;
}

/** The tables of a migrated database with their keys, as a Mermaid entity relationship diagram. */
export async function drawDatabase(pool: Pool): Promise<string> {
  const [columns, keys] = await Promise.all([readColumns(pool), readKeys(pool)]);
  const tables = [...Map.groupBy(columns, ({ table }) => table)];
  const boxes = tables.flatMap(([table, own]) => [
    `  ${table} {`,
    ...own.map((column) => `    ${column.type} ${column.name}${marksOf(column, keys)}${column.nullable ? ' "may be null"' : ''}`),
    '  }',
  ]);
  const lines = keys.filter(({ kind }) => kind === 'f').map((key) => `  ${relation(key, columns, keys)}`);
  return ['```mermaid', 'erDiagram', ...boxes, ...lines, '```'].join('\n');
}

/** What the database refuses by itself, table by table: checks, and what must be unique besides the primary keys. */
export async function listRules(pool: Pool): Promise<string> {
  const rules = await readRules(pool);
  const tables = [...Map.groupBy(rules, ({ table }) => table)];
  return tables.map(([table, own]) => [`**${table}**`, '', ...own.map(({ rule }) => `- \`${rule}\``)].join('\n')).join('\n\n');
}

function marksOf({ table, name }: Column, keys: Key[]): string {
  const own = keys.filter((key) => key.table === table && key.columns.includes(name));
  const marks = [
    own.some(({ kind }) => kind === 'p') && 'PK',
    own.some(({ kind }) => kind === 'f') && 'FK',
    own.some(({ kind, columns }) => kind === 'u' && columns.length === 1) && 'UK',
  ].filter(Boolean);
  return marks.length > 0 ? ` ${marks.join(', ')}` : '';
}

function relation({ table, parent, columns: names }: Key, columns: Column[], keys: Key[]): string {
  const optional = columns.some((column) => column.table === table && names.includes(column.name) && column.nullable);
  const unique = keys.some((key) => key.table === table && key.kind !== 'f' && key.columns.every((name) => names.includes(name)));
  return `${parent} ${optional ? '|o' : '||'}--${unique ? 'o|' : 'o{'} ${table} : "${names.join(', ')}"`;
}

/** Tables in the order in which the migrations make them; Kysely's own are not ours to show. */
const ourTables = `
  SELECT oid, relname FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'kysely%'`;

async function readColumns(pool: Pool): Promise<Column[]> {
  const { rows } = await pool.query<Column>(`
    SELECT t.relname AS table, a.attname AS name, NOT a.attnotnull AS nullable,
           CASE y.typname WHEN 'int2' THEN 'smallint' WHEN 'int4' THEN 'integer' WHEN 'int8' THEN 'bigint' WHEN 'bool' THEN 'boolean'
             ELSE y.typname END AS type
    FROM (${ourTables}) AS t JOIN pg_attribute a ON a.attrelid = t.oid JOIN pg_type y ON y.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped
    ORDER BY t.oid, a.attnum`);
  return rows;
}

async function readKeys(pool: Pool): Promise<Key[]> {
  const { rows } = await pool.query<Key>(`
    SELECT t.relname AS table, c.contype AS kind, p.relname AS parent,
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, position)
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum ORDER BY k.position) AS columns
    FROM (${ourTables}) AS t JOIN pg_constraint c ON c.conrelid = t.oid LEFT JOIN pg_class p ON p.oid = c.confrelid
    WHERE c.contype IN ('p', 'u', 'f')
    ORDER BY t.oid, c.conname`);
  return rows;
}

async function readRules(pool: Pool): Promise<Rule[]> {
  const { rows } = await pool.query<Rule>(`
    SELECT "table", rule FROM (
      SELECT t.oid, t.relname AS table, c.conname AS name, pg_get_constraintdef(c.oid) AS rule
      FROM (${ourTables}) AS t JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype IN ('c', 'u')
      UNION ALL
      SELECT t.oid, t.relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
      FROM (${ourTables}) AS t JOIN pg_index i ON i.indrelid = t.oid WHERE i.indisunique AND i.indpred IS NOT NULL
    ) AS rules ORDER BY oid, rule COLLATE "C", name`);
  return rows.map(({ table, rule }) => ({ table, rule: readable(rule) }));
}

/** PostgreSQL prints casts and lists in full; a reader knows that a status is text. */
function readable(rule: string): string {
  return rule
    .replaceAll(/::(text|bigint|numeric|timestamp with time zone)\b/g, '')
    .replaceAll(/= ANY \(ARRAY\[([^\]]*)\]\)/g, 'IN ($1)')
    .replaceAll(/<> ALL \(ARRAY\[([^\]]*)\]\)/g, 'NOT IN ($1)')
    .replace(/^CHECK \(\((.*)\)\)$/, 'CHECK ($1)')
    .replace(/^CREATE UNIQUE INDEX \S+ ON public\.\S+ USING btree /, 'UNIQUE ');
}
