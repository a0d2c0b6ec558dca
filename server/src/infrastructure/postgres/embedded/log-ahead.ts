/** Has files of PostgreSQL's log (WAL) made before a rush needs them. */
import { statfs } from 'node:fs/promises';
import type { Client } from 'pg';
import { withConnection } from './connection.ts';

const MEBIBYTE = 2 ** 20;
/** What some 140,000 orders write. PostgreSQL keeps as much from then on: see `min_wal_size` in cluster.ts. */
export const LOG_AHEAD_MIB = 512;
/** A disk that is full stops PostgreSQL: much more than the files take must be free. */
const FREE_MIB = 4 * LOG_AHEAD_MIB;

/**
 * Fills the log up to its next files and has them made anew, until 512 MB lie ahead; does nothing where half of that does, or where the
 * disk has not four times as much left. PostgreSQL makes a file of the log when a commit needs it, while all commits wait: every 4,500
 * orders, 60 ms each, on a quiet disk. A file that has been used is used again after the next checkpoint.
 *
 * Takes the address of a superuser, the cluster's folder, and what ends it early, between two files.
 */
export async function makeLogAhead(connectionString: string, folder: string, ended?: AbortSignal): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < FREE_MIB * MEBIBYTE) {
    return;
  }
  await withConnection(connectionString, async (client) => {
    const { archived, ahead, wanted } = await stateOfLog(client);
    // Each file that is left before it is full would be archived as a whole.
    if (archived || ahead >= wanted / 2) {
      return;
    }
    for (let made = 0; made < wanted; made += 1) {
      // The server that is ended then has a checkpoint of its own.
      if (ended?.aborted) {
        return;
      }
      // A file in which nothing has been written yet is not left.
      await client.query(`SELECT pg_logical_emit_message(false, 'openrun', ''), pg_switch_wal()`);
    }
    await client.query('CHECKPOINT');
  });
}

async function stateOfLog(client: Client): Promise<{ archived: boolean; ahead: number; wanted: number }> {
  const { rows } = await client.query<{ archived: boolean; ahead: number; wanted: number }>(
    `SELECT current_setting('archive_mode') <> 'off' AS archived,
            (SELECT count(*)::int FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_insert_lsn())) AS ahead,
            ($1 / pg_size_bytes(current_setting('wal_segment_size')))::int AS wanted`,
    [LOG_AHEAD_MIB * MEBIBYTE],
  );
  return rows[0] ?? { archived: true, ahead: 0, wanted: 0 };
}
