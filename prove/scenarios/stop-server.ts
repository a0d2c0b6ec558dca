import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerSlot } from '../cluster.ts';
import { brokenOff, startMixedLoad } from '../load.ts';
import type { Round, Scenario } from '../round.ts';

export const stopServer: Scenario = {
  name: 'stop-server',
  protects: 'SIGTERM of a server under load fails no request of a client that tries another server with the same key.',
  async run(round) {
    const load = await startMixedLoad(round);
    await sleep(round.size(2_000, 300) + round.random.whole(0, 500));
    await stop(round, round.cluster.server(round.random.whole(0, round.cluster.servers.length - 1)));
    await sleep(round.size(2_000, 300));
    await load.stop();
    expectAcceptedIsAnswered(round);
  },
};

export const rollingRestart: Scenario = {
  name: 'rolling-restart',
  protects: 'Restarting all servers one after the other under load fails no request of such a client.',
  async run(round) {
    const load = await startMixedLoad(round);
    for (const server of round.random.shuffled(round.cluster.servers)) {
      await sleep(round.random.whole(200, 500));
      await stop(round, server);
      await server.start();
    }
    await sleep(300);
    await load.stop();
    expectAcceptedIsAnswered(round);
  },
};

async function stop(round: Round, server: ServerSlot): Promise<void> {
  const startedMs = performance.now();
  const exit = await server.stop();
  round.expect(`exit code of server ${server.index}`, exit?.code, 0);
  round.note(`server ${server.index} stopped in ${Math.round(performance.now() - startedMs)} ms`);
}

/**
 * A request may meet a connection that is just being closed. But a server that stops in order must not do something and then not
 * answer: the further try would then get a recorded answer.
 */
function expectAcceptedIsAnswered(round: Round): void {
  const done = round.client.record.filter(({ attempts, answer }) => answer?.replayed === true && attempts.some(({ outcome }) => outcome.status === null));
  round.expect('requests that took effect on a stopping server without an answer', done.map(({ key }) => key), []);
  round.note(brokenOff(round));
}
