import type { FastifyReply } from 'fastify';

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
