import type { Socket } from 'node:net';
import { problem } from './problems.ts';

const lingerMs = 1_000;

/** Answers bytes that are not HTTP, or that came too slowly, before there is a request: in our own form, then the connection ends. */
export function answerMalformedHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem('MALFORMED_REQUEST', 'en'));
  const head = ['HTTP/1.1 400 Bad Request', 'content-type: application/problem+json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A client that never closes its own side would keep the connection; one that is still sending needs a moment to see the answer.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
