import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../application/ports.ts';

/** Gives a page's rows as the body, and where the next page is as a Link header. */
export function sendPage<T>(request: FastifyRequest, reply: FastifyReply, { rows, next }: Page<T>): T[] {
  if (next !== undefined) {
    const [path = '', ...query] = request.url.split('?');
    // Only the first question mark begins the query; further ones belong to it.
    const parameters = new URLSearchParams(query.join('?'));
    parameters.set('cursor', next);
    reply.header('link', `<${path}?${parameters.toString()}>; rel="next"`);
  }
  return rows;
}
