import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** The root of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

const rewriting = process.env['UPDATE_DOCS'] === '1';

/**
 * Expects that a part of a file is what the code says: what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`.
 * With UPDATE_DOCS=1 that part is rewritten instead.
 */
export async function expectPart(file: string, name: string, text: string): Promise<void> {
  const [start, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const document = await readFile(`${root}${file}`, 'utf8');
  const [before, rest] = document.split(start);
  const [, after] = rest?.split(end) ?? [];
  expect(after, `${file} has no part ${name}`).toBeDefined();
  await expectFile(file, `${before}${start}\n\n${text.trim()}\n\n${end}${after}`);
}

/** Expects that a whole file is what the code says. With UPDATE_DOCS=1 it is rewritten instead. */
export async function expectFile(file: string, text: string): Promise<void> {
  if (rewriting) await writeFile(`${root}${file}`, text);
  const hint = `${file} is out of date; UPDATE_DOCS=1 npx vitest run server/test/docs rewrites it`;
  expect(await readFile(`${root}${file}`, 'utf8'), hint).toBe(text);
}

/** A Markdown table. */
export function table(head: string[], rows: (string | number)[][]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function row(cells: (string | number)[]): string {
  return `| ${cells.map((cell) => String(cell).replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}
