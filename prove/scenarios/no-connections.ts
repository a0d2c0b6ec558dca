import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { startMixedLoad } from '../load.ts';
import { besideTransaction, expectAnswers, expectReads, recoveryProbe, startStream } from '../outage.ts';
import type { Round, Scenario } from '../round.ts';

const connectionsMax = 60;
const readsAtOnce = 120;

export const noConnections: Scenario = {
  name: 'no-connections',
  protects: 'While other sessions have every connection of PostgreSQL, requests are refused with 503 in time; afterwards all servers serve again.',
  cluster: { database: { settings: { max_connections: String(connectionsMax) } } },
  async run(round) {
    const served = await recoveryProbe(round);
    const load = await startMixedLoad(round);
    await sleep(400);
    const taken: Client[] = [];
    try {
      await takeAllConnections(round, taken);
      await sleep(round.size(5_000, 2_000));
    } finally {
      await Promise.all(taken.map((session) => session.end()));
    }
    round.note(`${taken.length} of ${connectionsMax} connections were taken`);
    const refused = round.client.record.filter(({ attempts }) => attempts.some(({ outcome }) => outcome.status === 503)).length;
    round.expect('requests were refused meanwhile', refused > 0, true);
    await served('the connections were free');
    await load.stop();
    expectAnswers(round);
  },
};

/** Takes what is free, ends the sessions of the servers and takes theirs too, until nothing has been free for a while. */
async function takeAllConnections({ cluster }: Round, taken: Client[]): Promise<void> {
  for (let inVain = 0; inVain < 10; ) {
    const session = new Client({ connectionString: cluster.database.connectionString, application_name: 'taker' });
    session.on('error', () => {});
    try {
      await session.connect();
      taken.push(session);
      inVain = 0;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== '53300') throw error;
      inVain += 1;
      await taken[0]?.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'taker'`);
      await sleep(20);
    }
  }
}

export const blockedReads: Scenario = {
  name: 'blocked-reads',
  protects: 'While every read hangs in the database, reads are refused with 503 in time, and the shop sells on.',
  async run(round) {
    const buyers = await round.shop.newBuyers(16, 1_000_000);
    const goods = await round.shop.newGoods(8, { stock: 100_000 });
    const random = round.random.fork();
    const sales = startStream(round, buyers, () => ({ kind: 'order', items: [{ ...random.pick(goods), quantity: 1 }] }));
    const gapMs = await besideTransaction(round, 'BEGIN', 'LOCK TABLE product_images IN ACCESS EXCLUSIVE MODE', [], async () => {
      const fromMs = performance.now();
      await expectReads(round, '/products?limit=20', readsAtOnce, 503);
      return sales.longestGapMs(fromMs, performance.now());
    });
    await expectReads(round, '/products?limit=20', readsAtOnce, 200);
    await sales.stop();
    round.note(`longest time without a sale ${gapMs} ms`);
    round.expect('sales go on while reads hang', gapMs <= 2_000, true);
    expectAnswers(round);
  },
};
