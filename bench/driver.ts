import { type Socket, connect } from 'node:net';
import { type RecordableHistogram, createHistogram } from 'node:perf_hooks';
import { statusOfWhole } from './answer-status.ts';

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** What was answered within the time; latencies in milliseconds. */
export interface Driven {
  answers: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  byStatus: Map<number, number>;
}

/** Connections shared out over the servers in turn. */
export interface Load {
  urls: string[];
  request: (n: number) => Request;
  /** Where no request may be sent twice: more of them than are answered in a second. */
  oncePerSecond?: number;
}

/** What was answered, and how many of the answers had another status than all should have. */
export interface Answered {
  answers: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  unexpected: number;
}

/** What sends a load in a closed loop: every connection sends its next request when its last one is answered. */
export interface Driver {
  name: string;
  drive(load: Load, status: number, connections: number, seconds: number): Promise<Answered>;
}

/** The one that needs nothing to be installed. */
export const ownDriver: Driver = {
  name: 'bench/driver.ts',
  async drive(load, status, connections, seconds) {
    const driven = await drive(load, connections, seconds);
    const unexpected = driven.answers - (driven.byStatus.get(status) ?? 0);
    return { ...driven, perSecond: driven.answers / driven.seconds, unexpected };
  },
};

/**
 * A closed loop: every connection sends its next request when its last one is answered. It shares the machine with what it measures,
 * so it does as little as HTTP allows: a request is one write, an answer is read for its status and length only.
 */
export async function drive({ urls, request }: Load, connections: number, seconds: number): Promise<Driven> {
  const latencies = createHistogram();
  const byStatus = new Map<number, number>();
  let sent = Math.floor(Math.random() * 1e6);
  const next = () => request((sent += 1));
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, (_, index) => loop(urls[index % urls.length] ?? '', next, endMs, latencies, byStatus)),
  );
  return {
    answers: latencies.count,
    seconds: (performance.now() - startedMs) / 1000,
    p50Ms: latencies.percentile(50) / 1000,
    p99Ms: latencies.percentile(99) / 1000,
    byStatus,
  };
}

/** Where all connections read, one after another, so that none of them is a stream with buffers of its own. */
const inbox = Buffer.allocUnsafe(65_536);

async function loop(url: string, next: () => Request, endMs: number, latencies: RecordableHistogram, byStatus: Map<number, number>): Promise<void> {
  const { hostname, port, host } = new URL(url);
  let socket: Socket | undefined;
  await new Promise<void>((resolve, reject) => {
    let sentMs = 0;
    let received = '';
    const send = () => {
      sentMs = performance.now();
      if (sentMs >= endMs) return void socket?.end(resolve);
      try {
        socket?.write(textOf(next(), host), 'latin1');
      } catch (error) {
        // Thrown into the socket, it would end the process, and leave the servers.
        reject(error);
      }
    };
    const read = (bytes: number) => {
      received += inbox.toString('latin1', 0, bytes);
      const status = statusOfWhole(received);
      if (status === undefined) return true;
      received = '';
      latencies.record(Math.max(1, Math.round((performance.now() - sentMs) * 1000)));
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      send();
      return true;
    };
    socket = connect({ host: hostname, port: Number(port), noDelay: true, onread: { buffer: inbox, callback: read } });
    socket.once('connect', send);
    socket.once('error', reject);
    socket.once('close', () => (performance.now() < endMs ? reject(new Error(`${url} closed a connection`)) : resolve()));
  }).finally(() => socket && destroy(socket));
}

function destroy(socket: Socket): void {
  socket.removeAllListeners('close');
  socket.destroy();
}

/** One byte for each character: a body has no other ones. */
export function textOf({ method, path, headers, body = '' }: Request, host: string): string {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
  return `${text}${method === 'GET' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`}\r\n${body}`;
}
