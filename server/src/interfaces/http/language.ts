import Negotiator from 'negotiator';
import type { FastifyRequest } from 'fastify';
import type { Language } from '../../application/views.ts';

/**
 * The reader's language by Accept-Language; English when they named neither. Needs nothing but the headers, because a request whose
 * address cannot even be decoded is answered too.
 */
export function languageOf({ headers }: Pick<FastifyRequest, 'headers'>): Language {
  if (headers['accept-language'] === undefined) return 'en';
  return new Negotiator({ headers }).language(['en', 'ko']) === 'ko' ? 'ko' : 'en';
}
