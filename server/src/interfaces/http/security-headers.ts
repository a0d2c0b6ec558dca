import type { App } from './app-type.ts';

/** Those that count for an answer that is data (OWASP REST Security Cheat Sheet). Pages have more, by helmet. */
const headers = {
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
};

export function secureAnswers(app: App): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
