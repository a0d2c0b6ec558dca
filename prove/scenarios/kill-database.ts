import { setTimeout as sleep } from 'node:timers/promises';
import { startMixedLoad } from '../load.ts';
import { expectAnswers, recoveryProbe } from '../outage.ts';
import type { Round, Scenario } from '../round.ts';

export const killDatabase: Scenario = {
  name: 'kill-database',
  protects: 'kill -9 of PostgreSQL amid orders loses nothing that was answered; the servers answer 503 meanwhile and serve again by themselves.',
  async run(round) {
    const served = await recoveryProbe(round);
    const load = await startMixedLoad(round);
    await sleep(round.random.whole(200, 800));
    const event = round.random.chance(0.3) ? await killSession(round) : await killServer(round);
    await served(event);
    await sleep(300);
    await load.stop();
    expectAnswers(round);
  },
};

/** The whole server, which stays away for a while. Gives the moment from which recovery counts. */
async function killServer(round: Round): Promise<string> {
  const { database } = round.cluster;
  await database.kill();
  await sleep(round.random.whole(0, round.size(3_000, 1_000)));
  await database.start();
  return 'the killed PostgreSQL was back';
}

/** One session of a desk, as a fault of memory would: PostgreSQL ends all others too, and recovers by itself. */
async function killSession(round: Round): Promise<string> {
  let sessions: { pid: number }[] = [];
  // A desk connects with its first request.
  while (sessions.length === 0) {
    sessions = await round.cluster.database.rows<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'openrun desk'`);
  }
  process.kill(round.random.pick(sessions).pid, 'SIGKILL');
  await sleep(100);
  return 'a session of PostgreSQL was killed';
}
