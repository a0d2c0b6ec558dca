import type { FastifyRequest } from 'fastify';
import type { Language } from '../../application/views.ts';

const languages = ['en', 'ko'];

/** The reader's language by Accept-Language; English when they named neither. */
export function languageOf(request: FastifyRequest): Language {
  if (request.headers['accept-language'] === undefined) return 'en';
  const [best] = request.languages(languages) || [];
  return best === 'ko' ? 'ko' : 'en';
}
