import type { FastifyHttpOptions } from 'fastify';
import type { Server } from 'node:http';

export interface ConnectionLimits {
  /** From the first byte of a request, or from its connection, to the last byte. */
  requestTimeoutMs: number;
  connectionsMax: number;
}

/** Headers are small. Whoever needs longer for them holds connections open on purpose. */
const headersTimeoutMaxMs = 10_000;
/** How often Node looks for connections that are too slow: by so much of the time-out may they exceed it. */
const checksPerTimeout = 10;

/** Ends connections on which a request arrives too slowly, or does not begin, so that slow clients cannot use them up. */
export function timeLimits({ requestTimeoutMs }: ConnectionLimits): Pick<FastifyHttpOptions<Server>, 'requestTimeout' | 'http'> {
  const headersTimeout = Math.min(headersTimeoutMaxMs, requestTimeoutMs);
  return { requestTimeout: requestTimeoutMs, http: { headersTimeout, connectionsCheckingInterval: Math.ceil(headersTimeout / checksPerTimeout) } };
}
