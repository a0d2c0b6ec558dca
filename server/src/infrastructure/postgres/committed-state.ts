import type { Pool } from 'pg';
import { sharedReads } from '../shared-reads.ts';
import { queryPrepared } from './driver-query.ts';

/**
 * Gives a text that is another one after every commit, to tell whether what was read earlier still holds. It is the database's snapshot:
 * which transactions have ended. While it is the same, so is everything that can be read. The question costs the database an eighth
 * of what a page of products does, and all who ask in one turn of the event loop ask once.
 *
 * A server that recovered from a crash may give out the ids of transactions anew. It does so to new connections, so each of those makes
 * another text.
 */
export function committedState(pool: Pool): () => Promise<string> {
  let connections = 0;
  pool.on('connect', () => {
    connections += 1;
  });
  const shared = sharedReads<string>();
  return () =>
    shared('', async () => {
      const rows = await queryPrepared<{ snapshot: string }>(pool, { name: 'committed-state', text: 'SELECT pg_current_snapshot()::text AS snapshot' });
      return `${connections} ${rows[0]?.snapshot}`;
    });
}
