import type { HTTPMethods } from 'fastify';
import type { TestShop } from './shop.ts';

export interface DocumentedRoute {
  method: HTTPMethods;
  /** As documented: /orders/{orderId}. */
  path: string;
  /** With ids of nothing in place of the parameters. */
  url: string;
  operation: any;
}

/** An id as this API writes it, of nothing. */
export const idOfNothing = '01890000-0000-7000-8000-000000000000';

/** Every operation of the OpenAPI document: what is documented is what is served. */
export async function documentedRoutes(app: TestShop['app']): Promise<DocumentedRoute[]> {
  const { paths } = (await app.inject({ url: '/openapi.json' })).json();
  return Object.entries<Record<string, unknown>>(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      url: path.replaceAll(/\{\w+\}/g, idOfNothing),
      operation,
    })),
  );
}

export async function routesWithBody(app: TestShop['app']): Promise<DocumentedRoute[]> {
  return (await documentedRoutes(app)).filter(({ operation }) => operation.requestBody !== undefined);
}
