import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { App } from './app-type.ts';
import { type Link, links } from './links.ts';

/** Serves the OpenAPI 3.1 document, made from the schemas that validate requests: `/openapi.json`, and browsable at `/docs`. */
export async function describeApi(app: App): Promise<void> {
  const optionalBodies = new Set<string>();
  app.addHook('onRoute', (route) => {
    const { operationId = '' } = route.schema ?? {};
    if (route.config?.bodyOptional) optionalBodies.add(operationId);
    // HEAD comes with every GET and has no answer to take anything from.
    if (route.method !== 'HEAD') Object.assign(route, { links: describedLinks(operationId) });
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Openrun',
        version: '0.1.0',
        description:
          'First-come-first-served commerce: nothing oversold, charged twice or lost. Log in with `POST /auth/login`, then send ' +
          'the access token as a bearer token. Lists are paged by the `Link` header. Refusals are RFC 9457 problems with a stable `code`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'identity', description: 'Accounts and sessions' },
        { name: 'wallet', description: 'Prepaid balances' },
        { name: 'catalog', description: 'Products, live stock, best sellers' },
        { name: 'coupon', description: 'Limited coupons' },
        { name: 'cart', description: 'The cart' },
        { name: 'order', description: 'Orders and payment' },
        { name: 'admin', description: 'For operators. Every change is in the audit log; changes may name the version they were made on by If-Match' },
        { name: 'operation', description: 'Health and metrics' },
      ],
      components: { securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ accessToken: [] }],
    },
    // The generator takes every body for required.
    transformObject(document) {
      if (!('openapiObject' in document)) throw new Error('the document is not OpenAPI');
      const { paths = {} } = document.openapiObject;
      for (const operation of Object.values(paths).flatMap((path) => Object.values(path ?? {}) as Operation[])) {
        if (operation.requestBody && optionalBodies.has(operation.operationId)) operation.requestBody.required = false;
      }
      return document.openapiObject;
    },
  });
  // Swagger UI brings its own pages and assets, which anyone may see.
  await app.register(async (docs) => {
    await docs.register(helmet, { contentSecurityPolicy: false });
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await docs.register(swaggerUi, { routePrefix: '/docs' });
  });
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () => app.swagger());
  app.get('/', { config: { access: 'public' }, schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
}

interface Operation {
  operationId: string;
  requestBody?: { required?: boolean };
}

/** The links of an operation as the document has them: by status, each with a name. */
function describedLinks(operationId: string): Record<string, Record<string, Link>> | undefined {
  const byStatus = links[operationId];
  if (!byStatus) return undefined;
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, following]) => [status, Object.fromEntries(following.map((link) => [link.operationId, link]))]),
  );
}
