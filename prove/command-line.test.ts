import { expect, test } from 'vitest';
import { prove } from './command-line.ts';
import { startMixedLoad } from './load.ts';
import type { RoundResult, Scenario } from './round.ts';

/** A new PostgreSQL and a server, on a machine that runs other suites beside. */
const startMs = 180_000;

/** A scenario that does harm behind the back of its client. */
const tampering: Scenario = {
  name: 'tampering',
  protects: 'Nothing.',
  cluster: { servers: 1, database: { settings: { fsync: 'off' } } },
  async run(round) {
    const [buyer] = await round.shop.newBuyers(1, 5_000);
    if (!buyer) return;
    await round.client.send(buyer, { kind: 'charge', amount: 1 });
    await round.cluster.database.rows('UPDATE wallets SET balance = 1 WHERE user_id = $1', [buyer.userId]);
    process.kill(round.cluster.server(0).pid, 'SIGKILL');
    round.expect('a count', 1, 2);
    await startMixedLoad(round);
    throw new Error('and leaves its load behind');
  },
};

test('a tampered balance, a server that ends by itself and a wrong count end the command with code 1, each reported, the audit not clean', async () => {
  const printed: string[] = [];

  const code = await prove([tampering], ['--seed', '7', '--json'], { out: (text) => printed.push(text), err: () => {} });

  expect(code).toBe(1);
  const { clean, results } = JSON.parse(printed.join('')) as { clean: boolean; results: RoundResult[] };
  expect({ clean, seed: results[0]?.seed, auditClean: results[0]?.auditClean }).toEqual({ clean: false, seed: 7, auditClean: false });
  const whats = results[0]?.differences.map(({ what }) => what);
  expect(whats).not.toContain('never settled');
  expect(whats).toEqual(expect.arrayContaining(['the scenario failed', 'a count', 'a server ended by itself', 'total differs', 'audit, wallet-balance']));
}, startMs);

test('a scenario whose cluster cannot be made ends the command with code 1', async () => {
  const said: string[] = [];
  const broken: Scenario = { ...tampering, cluster: () => Promise.reject(new Error('no disk for it')) };

  expect(await prove([broken], [], { out: () => {}, err: (text) => said.push(text) })).toBe(1);
  expect(said.join()).toContain('no disk for it');
});

test.each([[['--only', 'tampering,nothing']], [['--rounds', '0']], [['--seed', 'x']], [['--loud']]])('the command line %j is refused with code 2', async (args) => {
  const said: string[] = [];

  expect(await prove([tampering], args, { out: () => {}, err: (text) => said.push(text) })).toBe(2);
  expect(said.join()).toMatch(/^prove: .+/);
});
