import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendTo } from '../../server/test/server-process.ts';
import type { Recorded } from '../client.ts';
import type { ServerSlot } from '../cluster.ts';
import type { Round, Scenario } from '../round.ts';

const fiveMinutesMs = 5 * 60_000;
/** One server is right, one is late, one is early. */
const shiftsMs = [0, -fiveMinutesMs, fiveMinutesMs];
const preload = `--import=${new URL('../shifted-clock.ts', import.meta.url).href}`;
const claimantsOfEach = 8;

export const wrongClocks: Scenario = {
  name: 'wrong-clocks',
  protects: "With servers whose clocks are five minutes late and early, no coupon is issued before the campaign's start or after its end.",
  // Servers of its own, so that nobody else's are wrong.
  cluster: {},
  async run(round) {
    for (const server of round.cluster.servers) {
      const shiftMs = shiftsMs[server.index] ?? 0;
      await server.stop();
      await server.start({ nodeArguments: [preload], environment: { CLOCK_SHIFT_MS: String(shiftMs) } });
    }
    for (const server of round.cluster.servers) await checkToken(round, server, shiftsMs[server.index] ?? 0);
    const claims = await claimAroundCampaign(round);
    for (const server of round.cluster.servers) {
      const codes = claims.filter(({ attempts }) => attempts[0]?.server === server.index).map(({ answer }) => answer?.body.code ?? 'issued');
      const counts = ['NOT_STARTED', 'issued', 'ENDED'].map((code) => codes.filter((each) => each === code).length);
      round.note(`server ${server.index}, off by ${(shiftsMs[server.index] ?? 0) / 60_000} minutes: ${counts[0]} not started, ${counts[1]} issued, ${counts[2]} ended`);
      round.expect(`server ${server.index} was asked before, in and after the campaign`, counts.every((count) => count > 0), true);
      round.expect(`other answers of server ${server.index}`, codes.length - counts.reduce((sum, count) => sum + count, 0), 0);
    }
  },
};

/**
 * What a server signs says what time it thinks it is: without this, the scenario would prove nothing if the clock was not wrong at all. The others
 * take its tokens all the same.
 */
async function checkToken(round: Round, { url, index }: ServerSlot, shiftMs: number): Promise<void> {
  const account = { email: `${randomUUID()}@clock.example`, password: 'wrong by five minutes' };
  await sendTo(url, undefined, 'POST', '/auth/register', { ...account, name: 'Clock', phone: '010-0000-0000' });
  const { body } = await sendTo(url, undefined, 'POST', '/auth/login', account);
  const { iat } = JSON.parse(Buffer.from(String(body.accessToken).split('.')[1] ?? '', 'base64url').toString()) as { iat: number };
  round.expect(`the clock of server ${index} is wrong as planned`, Math.abs(iat * 1_000 - Date.now() - shiftMs) < 30_000, true);
  const answers = await Promise.all(round.cluster.servers.map((server) => sendTo(server.url, body.accessToken, 'GET', '/me')));
  round.expect(`answers of all servers to a token of server ${index}`, answers.map(({ status }) => status), answers.map(() => 200));
}

/** Buyers who have no coupon yet claim at each server without a pause, from before the start until after the end. */
async function claimAroundCampaign(round: Round): Promise<Recorded[]> {
  const { database, servers } = round.cluster;
  const couponId = await round.shop.newCoupon(1_000_000);
  // More than can be issued: with its pauses a claimant comes to 67 claims a second.
  const buyers = await round.shop.newBuyers(round.size(8_000, 4_000));
  await database.rows(
    // In whole milliseconds, like every time that the shop itself stores.
    `UPDATE coupons SET starts_at = date_trunc('milliseconds', clock_timestamp()) + interval '1.5 seconds',
       ends_at = date_trunc('milliseconds', clock_timestamp()) + $2::interval WHERE id = $1`,
    [couponId, round.size(5, 3) + ' seconds'],
  );
  const claims: Recorded[] = [];
  const stopping = new AbortController();
  const claimants = Array.from({ length: claimantsOfEach * servers.length }, async (_, server) => {
    for (let buyer = buyers.pop(); buyer && !stopping.signal.aborted; buyer = buyers.pop()) {
      const claim = await round.client.send(buyer, { kind: 'claim', couponId }, { server: server % servers.length });
      claims.push(claim);
      // Too early or too late: may ask again, so that on no machine the buyers run out before the campaign has ended.
      if (claim.answer?.status === 409) buyers.unshift(buyer);
      await sleep(round.random.whole(5, 25));
    }
  });
  await untilEnded(round, couponId);
  await sleep(1_000);
  stopping.abort();
  await Promise.all(claimants);
  await checkIssueTimes(round, couponId);
  return claims;
}

async function untilEnded({ cluster }: Round, couponId: string): Promise<void> {
  for (;;) {
    const [row] = await cluster.database.rows<{ ended: boolean }>('SELECT clock_timestamp() > ends_at AS ended FROM coupons WHERE id = $1', [couponId]);
    if (row?.ended) return;
    await sleep(50);
  }
}

async function checkIssueTimes(round: Round, couponId: string): Promise<void> {
  const [row] = await round.cluster.database.rows<{ issued: number; outside: number }>(
    `SELECT count(*)::int AS issued, count(*) FILTER (WHERE i.issued_at < c.starts_at OR i.issued_at >= c.ends_at)::int AS outside
     FROM issued_coupons i JOIN coupons c ON c.id = i.coupon_id WHERE c.id = $1`,
    [couponId],
  );
  round.expect('coupons issued outside the campaign', row?.outside, 0);
}
