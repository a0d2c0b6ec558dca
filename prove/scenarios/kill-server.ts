import { setTimeout as sleep } from 'node:timers/promises';
import { brokenOff, startMixedLoad } from '../load.ts';
import type { Scenario } from '../round.ts';

export const killServer: Scenario = {
  name: 'kill-server',
  protects: 'kill -9 of a server amid orders, holds, payments, cancellations and claims loses nothing that was answered and does nothing twice.',
  async run(round) {
    const load = await startMixedLoad(round);
    for (let kill = 0; kill < round.size(3, 1); kill += 1) {
      await sleep(round.random.whole(100, 600));
      const server = round.cluster.server(round.random.whole(0, round.cluster.servers.length - 1));
      await server.kill();
      await sleep(round.random.whole(0, 300));
      await server.start();
    }
    await sleep(200);
    await load.stop();
    round.note(brokenOff(round));
  },
};
