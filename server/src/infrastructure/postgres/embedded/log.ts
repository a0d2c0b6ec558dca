/** The log file of the embedded PostgreSQL. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Cluster } from './cluster.ts';

const TAIL_BYTES = 16_384;

/**
 * Opens the log file of a cluster for appending, made when missing.
 *
 * Takes the cluster; gives the open file, which then belongs to the account that runs the server.
 */
export async function openLog({ logFile, account }: Cluster): Promise<FileHandle> {
  // As root, a link planted in the log's place must not be followed to another file. Windows has no such flag.
  const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;
  const log = await open(logFile, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | noFollow, 0o600);
  if (account !== null) {
    await log.chown(account.uid, account.gid);
  }
  return log;
}

/**
 * Gives the end of a cluster's log.
 *
 * Takes the cluster and the position from which lines count.
 */
export async function logTail({ logFile }: Cluster, from = 0): Promise<string> {
  const log = await open(logFile, 'r').catch(() => null);
  if (log === null) {
    return 'no log';
  }
  try {
    const { size } = await log.stat();
    const start = Math.max(from, size - TAIL_BYTES);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await log.close();
  }
}
