import { type IncomingMessage, type ServerOptions, type ServerResponse, createServer } from 'node:http';
import type { FastifyServerFactory } from 'fastify';
import type { Language } from '../../application/views.ts';
import { languageOf } from './language.ts';
import { Pace } from './pace.ts';
import { problem } from './problems.ts';
import { retryAfterSeconds } from './refusals.ts';
import { atEndOfTurn } from './turns.ts';

/** Where too many wait already, and how many are told so in a second. */
export interface Overload {
  desk: () => boolean;
  reads: () => boolean;
  refusalsPerSecondMax: number;
}

/** Ready to be sent, by language: head and body. */
const answers: Record<Language, readonly [string[], string]> = { en: answerIn('en'), ko: answerIn('ko') };

function answerIn(language: Language): [string[], string] {
  const body = JSON.stringify(problem('OVERLOADED', language));
  return [['content-type', 'application/problem+json', 'content-length', String(Buffer.byteLength(body)), 'retry-after', String(retryAfterSeconds)], body];
}

/**
 * Makes a server that answers OVERLOADED to what would only wait longer than anyone may, before anything is done for it: no routing, no
 * token, no body. So a refusal costs a fraction of an answer.
 *
 * Whoever is refused asks again. So beyond a pace, which takes only a part of the processor, refusals wait for their turn: a flood does
 * not take the time of those who have been let in.
 */
export function sheddingServer(overload: Overload, onShed: () => void): FastifyServerFactory {
  return (handle, options) => {
    const { http = {} } = options as { http?: ServerOptions };
    const refusals = new Pace(overload.refusalsPerSecondMax);
    const decide = atEndOfTurn(([request, response]: [IncomingMessage, ServerResponse]) => {
      const queue = waitsFor(request);
      // A server that is stopping has its own answer.
      if (!queue || !overload[queue]() || !server.listening) return handle(request, response);
      onShed();
      return refusals.do(() => {
        // By now it may be stopping, and then it waits for the end of every connection.
        response.shouldKeepAlive &&= server.listening;
        shed(request, response);
      });
    });
    const server = createServer(http, (request, response) => decide([request, response]));
    // What Fastify does with a server that it makes itself.
    const { keepAliveTimeout, requestTimeout, connectionTimeout } = options as Record<string, number>;
    Object.assign(server, { keepAliveTimeout, requestTimeout });
    return server.setTimeout(connectionTimeout);
  };
}

/** What needs no turn, or has bounds of its own, or must answer whatever happens: operators may be about to end the rush. */
const spared = /^\/(?:healthz|readyz|metrics|live|docs|images|openapi\.json|auth|admin)\b/;

function waitsFor({ method, url = '' }: IncomingMessage): 'desk' | 'reads' | undefined {
  if (method === 'OPTIONS' || spared.test(url)) return undefined;
  return method === 'GET' || method === 'HEAD' ? 'reads' : 'desk';
}

function shed(request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const [head, body] = answers[languageOf(request)];
  response.writeHead(503, head);
  response.end(request.method === 'HEAD' ? undefined : body);
}
