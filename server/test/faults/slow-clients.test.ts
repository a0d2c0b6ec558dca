import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type TestShop, type TestUser, openShop } from '../shop.ts';
import { sendTo } from '../server-process.ts';

/** Clients that hold a connection without ever asking for anything. The server listens on a port here, with a short time-out. */

let shop: TestShop;
let buyer: TestUser;
let url = '';
const open: Socket[] = [];

async function listen(settings: Record<string, string>): Promise<void> {
  shop = await openShop(settings);
  buyer = await shop.newBuyer();
  url = await shop.app.listen({ port: 0, host: '127.0.0.1' });
}
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await shop.close();
});

/** A connection whose client keeps its own side open, come what may. */
async function holdOpen(): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  open.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Sends a byte at a time until the server has enough of it; gives what it says. */
async function dribble(socket: Socket, text: string): Promise<string> {
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  for (const byte of text) {
    if (socket.readableEnded || socket.destroyed) break;
    if (socket.writable) socket.write(byte);
    await sleep(20);
  }
  return answer;
}

const connections = () => new Promise<number>((resolve, reject) => shop.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))));
const charge = async () => (await sendTo(url, buyer.token, 'POST', '/balance/charge', { amount: 1 }, { connection: 'close' })).status;

const head = `POST /balance/charge HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n`;
test.each([
  ['headers', `${head}x-slow: ${'x'.repeat(10_000)}`],
  ['a body', `content-length: 10000\r\n\r\n${' '.repeat(10_000)}`],
  ['a body in chunks', `transfer-encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(2_000)}`],
])('clients that send %s byte by byte are refused, and meanwhile others are served', async (_what, slow) => {
  await listen({ REQUEST_TIMEOUT_MS: '2000' });
  const sockets = await Promise.all(Array.from({ length: 20 }, holdOpen));
  if (!slow.startsWith('POST')) for (const socket of sockets) socket.write(`${head}authorization: Bearer ${buyer.token}\r\n`);
  const answers = Promise.all(sockets.map((socket) => dribble(socket, slow)));

  for (let n = 0; n < 10; n += 1) expect(await charge()).toBe(200);

  for (const answer of await answers) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d .*application\/problem\+json/s);
  // Also where the client does not close its side.
  await expect.poll(connections, { timeout: 10_000 }).toBe(0);
  expect(await charge()).toBe(200);
  expect(await shop.rows('SELECT balance FROM wallets WHERE user_id = $1', [buyer.userId])).toEqual([{ balance: 11 }]);
});

test('connections that say nothing are ended', async () => {
  await listen({ REQUEST_TIMEOUT_MS: '2000' });
  const sockets = await Promise.all(Array.from({ length: 20 }, holdOpen));
  const ended = sockets.map((socket) => once(socket.resume(), 'end'));

  expect(await charge()).toBe(200);

  await Promise.all(ended);
  await expect.poll(connections, { timeout: 10_000 }).toBe(0);
});

test('connections beyond the limit are dropped, and taken again once there is room', async () => {
  await listen({ CONNECTIONS_MAX: '20' });
  await Promise.all(Array.from({ length: 20 }, holdOpen));
  await expect.poll(connections, { timeout: 10_000 }).toBe(20);

  await expect(charge()).rejects.toThrow('fetch failed');

  for (const socket of open.splice(0)) socket.destroy();
  await expect.poll(connections, { timeout: 10_000 }).toBe(0);
  expect(await charge()).toBe(200);
});

test('clients that do not read their answers keep nobody waiting', async () => {
  await listen({});
  const sockets = await Promise.all(Array.from({ length: 20 }, holdOpen));
  for (const socket of sockets) {
    socket.pause();
    socket.write('GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(5));
  }

  for (let n = 0; n < 10; n += 1) expect(await charge()).toBe(200);
});

test.each([
  ['announced as huge', 'content-length: 10000000000'],
  ['that never ends', 'transfer-encoding: chunked'],
])('a body %s is refused once it is too large, and no more of it is taken', async (_what, framing) => {
  await listen({});
  const socket = await holdOpen();
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.write(`${head}authorization: Bearer ${buyer.token}\r\n${framing}\r\n\r\n`);
  const piece = ' '.repeat(65_536);
  let sent = 0;

  while (!socket.readableEnded && !socket.destroyed && sent < 1_000) {
    if (socket.writable && !socket.writableNeedDrain) socket.write(framing.startsWith('transfer') ? `10000\r\n${piece}\r\n` : piece);
    sent += 1;
    await sleep(5);
  }

  expect(answer).toMatch(/^HTTP\/1\.1 413 .*PAYLOAD_TOO_LARGE/s);
  expect(sent).toBeLessThan(1_000);
  expect(await charge()).toBe(200);
});
