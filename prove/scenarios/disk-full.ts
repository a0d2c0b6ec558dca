import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClusterOptions } from '../cluster.ts';
import { startMixedLoad } from '../load.ts';
import { expectAnswers, recoveryProbe } from '../outage.ts';
import type { Round, Scenario } from '../round.ts';

const run = promisify(execFile);

const disk = { size: '320m', folder: '', mounted: false, refusal: '' };

export const diskFull: Scenario = {
  name: 'disk-full',
  protects: 'While the disk of PostgreSQL is full, what cannot be stored is refused with 503; nothing answered is lost; with room again sales go on.',
  cluster: mountDisk,
  cleanUp: unmountDisk,
  async run(round) {
    if (!disk.mounted) return round.skip(`A small disk cannot be mounted here; that needs root or sudo without a password, on Linux (${disk.refusal}).`);
    const served = await recoveryProbe(round);
    const load = await startMixedLoad(round);
    await sleep(500);
    const filler = await fillDisk();
    const panics = round.random.chance(0.5);
    if (panics) await useUpLog(round);
    const refused = () => round.client.record.filter(({ attempts }) => attempts.some(({ outcome }) => outcome.status === 503)).length;
    for (let waitedMs = 0; refused() === 0 && waitedMs < 20_000; waitedMs += 100) await sleep(100);
    await sleep(round.size(4_000, 1_500));
    round.expect('requests refused while the disk was full', refused() > 0, true);
    await rm(filler);
    const survived = await startAgainIfDown(round);
    await served(`there was room; PostgreSQL ${panics ? 'panicked, and ' : ''}${survived ? 'was still there' : 'was started again'}`);
    await load.stop();
    expectAnswers(round);
  },
};

async function mountDisk(): Promise<ClusterOptions> {
  disk.folder = await mkdtemp(join(tmpdir(), 'openrun-disk-'));
  disk.mounted = await asRoot('mount', '-t', 'tmpfs', '-o', `size=${disk.size},mode=0777`, 'tmpfs', disk.folder);
  // Small files for the log of changes, so that the disk can be small too.
  const settings = { shared_buffers: '16MB', max_wal_size: '64MB', min_wal_size: '32MB' };
  return disk.mounted ? { database: { dataDir: join(disk.folder, 'data'), settings } } : {};
}

async function unmountDisk(): Promise<void> {
  if (disk.mounted) await asRoot('umount', disk.folder);
  disk.mounted = false;
  await rm(disk.folder, { recursive: true, force: true });
}

async function asRoot(...command: string[]): Promise<boolean> {
  const [program = '', ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  return run(program, args).then(
    () => true,
    (error: Error) => {
      disk.refusal = error.message.trim().split('\n').at(-1) ?? '';
      return false;
    },
  );
}

/** Writes a file beside the data until nothing more fits; gives its path. */
async function fillDisk(): Promise<string> {
  const path = join(disk.folder, 'filler');
  const file = await open(path, 'w');
  const zeros = Buffer.alloc(64 * 1024);
  try {
    for (;;) await file.write(zeros);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
  return path;
}

/** The log of changes lives on in files that were made ahead. When these are used up too, PostgreSQL panics instead of refusing single statements. */
async function useUpLog({ cluster }: Round): Promise<void> {
  const uses = async () => {
    for (let file = 0; file < 20; file += 1) {
      await cluster.database.rows('SELECT pg_switch_wal()');
      await cluster.database.rows(`SELECT pg_logical_emit_message(false, 'prove', 'so that the next file is begun')`);
    }
  };
  await uses().catch(() => {});
}

/** A PostgreSQL that cannot write its log of changes ends itself; whoever runs it starts it again. Gives whether it was still there. */
async function startAgainIfDown({ cluster: { database } }: Round): Promise<boolean> {
  const { pid } = database;
  // Adopts the one that runs.
  await database.start();
  return database.pid === pid;
}
