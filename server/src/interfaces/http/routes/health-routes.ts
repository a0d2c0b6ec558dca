import { Type } from 'typebox';
import type { App } from '../app-type.ts';
import { problemResponses } from '../fields.ts';

const Status = Type.Object({ status: Type.String() });

export interface HealthRoutes {
  /** Rejects when the database does not answer. */
  checkReady: () => Promise<void>;
}

export function healthRoutes(app: App, { checkReady }: HealthRoutes): void {
  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { operationId: 'getHealth', summary: 'The process is alive', tags: ['operation'], security: [], response: { 200: Status } },
    },
    async () => ({ status: 'alive' }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getReadiness',
        summary: 'The process can serve: its database answers and it is not stopping',
        tags: ['operation'],
        security: [],
        response: { 200: Status, ...problemResponses(503) },
      },
    },
    async () => {
      await checkReady();
      return { status: 'ready' };
    },
  );
}
