import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerBody } from './operations.ts';

export interface Post {
  path: string;
  token: string;
  key: string | null;
  body?: unknown;
}

export type Outcome =
  | { status: number; body: AnswerBody; replayed: boolean; saysWhenToRetry?: boolean }
  /** No whole answer came: why. Nobody knows what became of the request. */
  | { status: null; why: string };

/** Enough for a thousand requests that are really sent at once. */
const socketsMax = 2_000;

/** Keeps connections open, as load balancers do. */
export function newAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: socketsMax, maxFreeSockets: socketsMax });
}

/** Sends one POST and waits for its answer. Never rejects. */
export function post(url: string, message: Post, agent: Agent, timeoutMs: number): Promise<Outcome> {
  const payload = message.body === undefined ? '' : JSON.stringify(message.body);
  return new Promise((resolve) => {
    const failed = (why: string) => resolve({ status: null, why });
    const timer = setTimeout(() => {
      failed(`no answer in ${timeoutMs} ms`);
      sent.destroy();
    }, timeoutMs);
    const sent = request(new URL(message.path, url), { method: 'POST', agent, headers: headersOf(message, payload) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', (error) => failed(error.message));
      response.on('close', () => {
        clearTimeout(timer);
        if (!response.complete) return failed('the answer was cut off');
        const { statusCode = 0, headers } = response;
        const saysWhenToRetry = headers['retry-after'] !== undefined;
        resolve({ status: statusCode, body: parsed(text), replayed: headers['idempotency-replayed'] === 'true', saysWhenToRetry });
      });
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      failed(error.code ?? error.message);
    });
    sent.end(payload);
  });
}

/**
 * Sends a POST on a socket of its own and destroys it before the answer: `whole` after the last byte, `half` in the midst of the
 * request, each after `waitMs`. `reset` ends the connection with RST instead of FIN.
 */
export async function postAndCut(url: string, message: Post, how: { part: 'whole' | 'half'; waitMs: number; reset: boolean }): Promise<Outcome> {
  const { hostname, port, host } = new URL(url);
  const payload = message.body === undefined ? '' : JSON.stringify(message.body);
  const lines = Object.entries({ host, ...headersOf(message, payload) }).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `POST ${message.path} HTTP/1.1\r\n${lines.join('')}\r\n${payload}`;
  const bytes = how.part === 'whole' ? text : text.slice(0, text.length >> 1);
  const socket = connect(Number(port), hostname);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.write(bytes, () => resolve());
    });
    await sleep(how.waitMs);
  } catch {
    // Not even sent: for its sender that is the same.
  }
  socket.on('error', () => {});
  if (how.reset) socket.resetAndDestroy();
  else socket.destroy();
  return { status: null, why: how.part === 'whole' ? 'cut after sending' : 'cut half-way' };
}

function headersOf({ token, key, body }: Post, payload: string): Record<string, string | number> {
  return {
    authorization: `Bearer ${token}`,
    ...(key !== null && { 'idempotency-key': key }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(payload),
  };
}

function parsed(text: string): AnswerBody {
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return {};
  }
}
