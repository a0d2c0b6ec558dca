/** File steps of the embedded PostgreSQL that either happen as a whole or not at all. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** Gives the system's code of an error (ENOENT and the like), or an empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Reads a small text file.
 *
 * Takes its path; gives the text without surrounding white space, or null when there is no such file.
 */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/**
 * Writes a small private file, unless it is already there.
 *
 * Takes the path and the text; gives the text that stands in the file, which may be another process's.
 * A reader never sees a half-written file, and what was given survives a power cut.
 */
export async function writeOnce(file: string, text: string): Promise<string> {
  const draft = temporaryName(file);
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Unlike a rename, a link never replaces a file that another process wrote first.
    await link(draft, file);
    await syncFolder(path.dirname(file));
    return text;
  } catch (error) {
    const written = errorCode(error) === 'EEXIST' ? await readIfThere(file) : null;
    if (written === null) {
      throw error;
    }
    return written;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Makes a folder that only its owner may enter, with parents that are open as usual.
 *
 * Takes the path; a folder that is already there stays as it is.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') {
      throw error;
    }
    // Raises ENOTDIR when a file stands there.
    await readdir(folder);
  }
}

/** Gives the name of a temporary sibling, which carries this process's id for discardLeftovers. */
export function temporaryName(target: string): string {
  return `${target}-new-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/**
 * Removes temporary siblings whose makers were killed.
 *
 * Takes the path they were meant to become. Each is first renamed, in one step: its maker, should it be
 * alive after all, then fails cleanly and can never put a half-deleted folder in place.
 */
export async function discardLeftovers(target: string): Promise<void> {
  const parent = path.dirname(target);
  const prefix = path.basename(target);
  for (const name of await readdir(parent)) {
    const full = path.join(parent, name);
    if (name.startsWith(`${prefix}-old-`)) {
      await rm(full, { recursive: true, force: true }).catch(() => undefined);
    } else if (name.startsWith(`${prefix}-new-`) && (await isLeftOver(full, prefix))) {
      await discardFolder(full, target);
    }
  }
}

async function isLeftOver(folder: string, prefix: string): Promise<boolean> {
  const maker = Number(path.basename(folder).slice(`${prefix}-new-`.length).split('-')[0]);
  if (maker !== process.pid) {
    return !isAlive(maker);
  }
  // In a container every run may get the same process id: what is older than this run is not ours.
  const madeAt = await stat(folder).then((found) => found.mtimeMs, () => Date.now());
  return madeAt < Date.now() - process.uptime() * 1000;
}

async function discardFolder(folder: string, target: string): Promise<void> {
  const doomed = `${target}-old-${randomBytes(6).toString('hex')}`;
  try {
    await rename(folder, doomed);
    await rm(doomed, { recursive: true, force: true });
  } catch {
    // Another process was faster, or a killed maker's child still writes; the next start tries again.
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Makes the names in a folder survive a power cut; Windows neither needs nor allows it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') {
    return;
  }
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
