import type { Pool } from 'pg';

export interface RunningPostgres {
  /** With how far the compiler optimized it: one built for size (-Os) takes a sixth more processor time than one built for speed (-O2). */
  version: string;
  /** Its first process, from which all others descend. */
  pid: number;
}

/** Asks a server on this machine about itself, which only a superuser may. */
export async function findRunningPostgres(pool: Pool): Promise<RunningPostgres> {
  const { rows: [found] } = await pool.query<RunningPostgres>(`
    SELECT concat_ws(' ', current_setting('server_version'), (SELECT substring(setting FROM '-O\\w+') FROM pg_config WHERE name = 'CFLAGS')) AS version,
           split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid`);
  return found ?? { version: '', pid: 0 };
}
