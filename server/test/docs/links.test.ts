import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './generated.ts';

/** The Markdown files of the repository, by their paths in it. */
async function findDocuments(folder = ''): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', '.git', '.openrun'].includes(entry.name) ? [] : findDocuments(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

const documents = await findDocuments();

interface Link {
  target: string;
  /** The name of the test that the text promises to be in the file. */
  testName: string | undefined;
}

/** Links outside of code, as `[text](target)`; one to a test file may be followed by the test's name in quotes. */
function linksIn(text: string): Link[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`(?!\])/g, '');
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)(?: "([^"]+)")?/g), ([, target = '', testName]) => ({ target, testName }));
}

/** The anchors of a document, as GitHub makes them of its headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, heading = '']) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

test('there are documents', () => expect(documents.length).toBeGreaterThan(5));

test.each(documents)('%s: every link leads somewhere', async (file) => {
  const text = await readFile(join(root, file), 'utf8');
  const broken: string[] = [];
  for (const { target, testName } of linksIn(text)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const linked = path === '' ? file : join(dirname(file), path);
    const exists = existsSync(join(root, linked));
    const content = exists && /\.(md|ts)$/.test(linked) ? await readFile(join(root, linked), 'utf8') : '';
    const found = exists && (anchor === undefined || anchorsOf(content).includes(decodeURIComponent(anchor)));
    if (!found) broken.push(target);
    else if (testName !== undefined && !content.includes(testName)) broken.push(`${target} "${testName}"`);
  }
  expect(broken).toEqual([]);
});
