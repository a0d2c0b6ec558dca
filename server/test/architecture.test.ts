import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ICruiseResult, cruise } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const configFile = join(repository, '.dependency-cruiser.json');

/** The violations in the server/src of a folder, as "rule: from -> to". */
async function violationsIn(folder: string): Promise<string[]> {
  const { options, ...ruleSet } = JSON.parse(await readFile(configFile, 'utf8'));
  const { output } = await cruise(['server/src'], { ...options, baseDir: folder, ruleSet, validate: true });
  const { violations, totalCruised } = (output as ICruiseResult).summary;
  expect(totalCruised).toBeGreaterThan(3);
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

test('every layer of the server depends only on what it may', async () => {
  expect(await violationsIn(repository)).toEqual([]);
});

describe('the check itself reports', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openrun-architecture-'));
    await plant({
      'domain/money.ts': 'export const won = 1;',
      'domain/wallet.ts': "import { won } from './money.ts';\nexport const wallet = won;",
      'application/ports.ts': 'export interface Store { save(): void }',
      'application/charge.ts': "import { wallet } from '../domain/wallet.ts';\nimport type { Store } from './ports.ts';\nexport const charge = (store: Store) => [store, wallet];",
      'infrastructure/store.ts': "import type { Store } from '../application/ports.ts';\nexport const store: Store = { save() {} };",
      'interfaces/routes.ts': "import { charge } from '../application/charge.ts';\nexport const route = charge;",
      'compose.ts': "import { store } from './infrastructure/store.ts';\nimport { route } from './interfaces/routes.ts';\nexport const shop = [store, route];",
    });
    await mkdir(join(folder, 'node_modules/left-pad'), { recursive: true });
    await writeFile(join(folder, 'node_modules/left-pad/package.json'), '{"name":"left-pad","main":"index.js"}');
    await writeFile(join(folder, 'node_modules/left-pad/index.js'), '');
    await cp(join(repository, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function plant(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const file = join(folder, 'server/src', name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }

  test('nothing where the layers are kept', async () => {
    expect(await violationsIn(folder)).toEqual([]);
  });

  test.each([
    ['domain-is-pure', 'domain/planted.ts', '../infrastructure/store.ts'],
    ['domain-is-pure', 'domain/planted.ts', '../application/charge.ts'],
    ['domain-is-pure', 'domain/planted.ts', 'left-pad'],
    ['domain-is-pure', 'domain/planted.ts', 'node:fs'],
    ['application-sees-the-domain-only', 'application/planted.ts', '../infrastructure/store.ts'],
    ['application-sees-the-domain-only', 'application/planted.ts', '../interfaces/routes.ts'],
    ['application-sees-the-domain-only', 'application/planted.ts', 'left-pad'],
    ['interfaces-know-no-infrastructure', 'interfaces/planted.ts', '../infrastructure/store.ts'],
    ['interfaces-know-no-infrastructure', 'interfaces/planted.ts', '../compose.ts'],
    ['infrastructure-knows-no-interface', 'infrastructure/planted.ts', '../interfaces/routes.ts'],
    ['infrastructure-knows-no-interface', 'infrastructure/planted.ts', '../compose.ts'],
    ['infrastructure-uses-ports-not-use-cases', 'infrastructure/planted.ts', '../application/charge.ts'],
  ])('%s where %s imports %s', async (rule, file, target) => {
    await plant({ [file]: `import * as planted from '${target}';\nexport const used = planted;` });
    try {
      const violations = await violationsIn(folder);
      expect(violations.filter((violation) => violation.startsWith(`${rule}: server/src/${file} -> `))).toHaveLength(1);
    } finally {
      await rm(join(folder, 'server/src', file));
    }
  });

  test('domain-is-pure where the domain imports only a type', async () => {
    await plant({ 'domain/planted.ts': "import type { Store } from '../application/ports.ts';\nexport type Kept = Store;" });
    expect(await violationsIn(folder)).toEqual(['domain-is-pure: server/src/domain/planted.ts -> server/src/application/ports.ts']);
    await rm(join(folder, 'server/src/domain/planted.ts'));
  });

  test('no-cycles where two files need each other', async () => {
    await plant({ 'domain/a.ts': "import { b } from './b.ts';\nexport const a = () => b;", 'domain/b.ts': "import { a } from './a.ts';\nexport const b = () => a;" });
    expect((await violationsIn(folder)).map((violation) => violation.split(':')[0])).toContain('no-cycles');
    await rm(join(folder, 'server/src/domain/a.ts'));
    await rm(join(folder, 'server/src/domain/b.ts'));
  });
});

async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(repository, folder), { recursive: true });
  return entries.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

describe('style', () => {
  test('no source file has more than 300 lines, and none is named for nothing', async () => {
    for (const file of await sourceFiles('server/src')) {
      const lines = (await readFile(join(repository, file), 'utf8')).split('\n').length;
      expect([file, lines <= 300]).toEqual([file, true]);
      expect(file).toMatch(/^[a-z0-9/.-]+$/);
      expect(file).not.toMatch(/util|helper|common|misc/);
    }
  });

  test('the domain never asks for the time or for chance: both are passed in', async () => {
    for (const file of await sourceFiles('server/src/domain')) {
      const text = await readFile(join(repository, file), 'utf8');
      expect([file, /Date\.now|new Date\(\)|Math\.random|performance\./.test(text)]).toEqual([file, false]);
    }
  });
});
