import type { FastifyReply } from 'fastify';
import type { Decided } from '../../application/answers.ts';

/** Gives what was decided as the body, and says in a header when it is the answer to an earlier request. */
export function sendDecided<T>(reply: FastifyReply, { value, replayed }: Decided<T>): T {
  if (replayed) reply.header('idempotency-replayed', 'true');
  return value;
}
