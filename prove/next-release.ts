import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../', import.meta.url));
const added = fileURLToPath(new URL('next-version/', import.meta.url));

export interface NextRelease {
  /** Its `openrun.js`. */
  program: string;
  /** Names of the migrations that it has and this version has not. */
  migrations: string[];
  remove: () => Promise<void>;
}

/** This version with further migrations, in a folder of its own. `number` keeps the migrations of several such releases apart. */
export async function makeNextRelease(number: number): Promise<NextRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'openrun-next-'));
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  for (const part of ['bin', 'migrations', 'package.json', 'sample', 'src']) {
    await cp(join(repository, 'server', part), join(folder, 'server', part), { recursive: true });
  }
  const migrations: string[] = [];
  for (const file of (await readdir(added)).toSorted()) {
    const name = `9${String(number).padStart(3, '0')}-${file}`;
    const text = await readFile(join(added, file), 'utf8');
    await writeFile(join(folder, 'server/migrations', name), text.replaceAll(/_next\b/g, `_next${number}`));
    migrations.push(name.replace(/\.sql$/, ''));
  }
  return {
    program: join(folder, 'server/bin/openrun.js'),
    migrations,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
