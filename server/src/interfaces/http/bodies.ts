import type { App } from './app-type.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** No body is the same as `{}`: everything in it may be left out. */
    bodyOptional?: boolean;
  }
}

/** JSON as Fastify parses it (`__proto__` is refused), except that an empty body is no body, whatever its content type says. */
export function readBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null);
    else void parse(request, String(body), done);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.config.bodyOptional) request.body = {};
    done();
  });
}
