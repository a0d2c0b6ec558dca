import type { HTTPMethods } from 'fastify';
import { Refusal } from '../../domain/refusal.ts';
import type { App } from './app-type.ts';

const methods: HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'QUERY'];

/**
 * Gives a function to call after all routes are there: for each documented address it refuses the methods that no route takes with
 * METHOD_NOT_ALLOWED and an Allow header, where they would otherwise look like an unknown address.
 */
export function refuseOtherMethods(app: App): () => void {
  const taken = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method, schema }) => {
    if (schema?.hide) return;
    const known = taken.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    taken.set(url, known);
  });

  return () => {
    for (const [url, known] of Array.from(taken)) {
      const allow = [...known].join(', ');
      app.route({
        url,
        method: methods.filter((method) => !known.has(method)),
        config: { access: 'public' },
        schema: { hide: true },
        // Before the body is read: what is in it does not matter.
        onRequest: async (_request, reply) => {
          reply.header('allow', allow);
          throw new Refusal('METHOD_NOT_ALLOWED');
        },
        handler: async () => undefined,
      });
    }
  };
}
