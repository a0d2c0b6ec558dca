import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../application/ports.ts';
import { linkTo } from './pages.ts';

/** What an answer that several requests share was written as, for as long as one of them holds it. */
const written = new WeakMap<object, string>();

/** Sends a body that requests share; it is turned into JSON once. */
export function sendShared(reply: FastifyReply, body: object): FastifyReply {
  let json = written.get(body);
  if (json === undefined) {
    json = reply.serialize(body) as string;
    written.set(body, json);
  }
  return reply.header('content-type', 'application/json; charset=utf-8').send(json);
}

/** By page: the address that it was last asked for by, and the link to the page after it. */
const linked = new WeakMap<object, { url: string; link: string }>();

/** Sends a page that requests share, with its link to the next one; the link is made once for those who ask by the same address. */
export function sendSharedPage<T>({ url }: FastifyRequest, reply: FastifyReply, page: Page<T>): FastifyReply {
  if (page.next !== undefined) {
    let known = linked.get(page);
    if (known?.url !== url) {
      known = { url, link: linkTo(page.next, url) };
      linked.set(page, known);
    }
    reply.header('link', known.link);
  }
  return sendShared(reply, page.rows);
}
