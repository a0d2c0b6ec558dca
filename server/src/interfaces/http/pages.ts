import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../application/ports.ts';

/** By page: the address that it was last asked for by, and the link to the page after it. */
const linked = new WeakMap<object, { url: string; link: string }>();

/** Gives a page's rows as the body, and where the next page is as a Link header, made once for those who share the page and its address. */
export function sendPage<T>({ url }: FastifyRequest, reply: FastifyReply, page: Page<T>): T[] {
  if (page.next !== undefined) {
    let known = linked.get(page);
    if (known?.url !== url) linked.set(page, (known = { url, link: linkTo(page.next, url) }));
    reply.header('link', known.link);
  }
  return page.rows;
}

/** The link to the page at `cursor`, from one at `url`. */
function linkTo(cursor: string, url: string): string {
  const [path = '', ...query] = url.split('?');
  // Only the first question mark begins the query; further ones belong to it.
  const parameters = new URLSearchParams(query.join('?'));
  parameters.set('cursor', cursor);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
