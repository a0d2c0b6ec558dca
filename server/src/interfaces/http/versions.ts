import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ExpectedVersions } from '../../application/versions.ts';
import { Refusal } from '../../domain/refusal.ts';

const entityTag = '(W/)?"[\\x21\\x23-\\x7e]*"';

export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      pattern: `^(\\*|${entityTag}( *, *${entityTag})*)$`,
      maxLength: 1_000,
      description: 'The ETag of what the change was made on, or several of them. Left out, or `*`: any will do.',
    }),
  ),
});

/** The versions named by If-Match. Tags that are not ours match nothing, weak ones neither. */
export function expectedVersions(ifMatch: string | undefined): ExpectedVersions {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  return Array.from(ifMatch.matchAll(/(W\/)?"([^"]*)"/g), ([, weak, tag = '']) => (weak === undefined && /^[1-9]\d{0,9}$/.test(tag) ? Number(tag) : 0));
}

/** Answers a record with its version as ETag; so does a refusal because of another version. */
export async function sendVersioned<T extends { version: number }>(reply: FastifyReply, record: Promise<T>): Promise<T> {
  try {
    const found = await record;
    reply.header('etag', `"${found.version}"`);
    return found;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'PRECONDITION_FAILED') {
      const { version } = error.details['current'] as { version: number };
      reply.header('etag', `"${version}"`);
    }
    throw error;
  }
}
