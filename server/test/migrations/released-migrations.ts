import { mkdtemp, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const released = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** Names of the migrations of this version, in the order in which they run. */
export async function releasedNames(): Promise<string[]> {
  return (await readdir(released)).map((file) => file.replace(/\.sql$/, '')).toSorted();
}

/** Gives a new folder with these migrations, by links; whoever asks for it removes it. */
export async function folderOf(names: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'openrun-migrations-'));
  for (const name of names) await symlink(join(released, `${name}.sql`), join(folder, `${name}.sql`));
  return folder;
}
