import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../application/ports.ts';

/** Gives a page's rows as the body, and where the next page is as a Link header. */
export function sendPage<T>(request: FastifyRequest, reply: FastifyReply, { rows, next }: Page<T>): T[] {
  if (next !== undefined) reply.header('link', linkTo(next, request.url));
  return rows;
}

/** The link to the page at `cursor`, from one at `url`. */
export function linkTo(cursor: string, url: string): string {
  const [path = '', ...query] = url.split('?');
  // Only the first question mark begins the query; further ones belong to it.
  const parameters = new URLSearchParams(query.join('?'));
  parameters.set('cursor', cursor);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
