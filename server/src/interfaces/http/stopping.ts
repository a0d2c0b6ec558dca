import { Refusal } from '../../domain/refusal.ts';
import type { App } from './app-type.ts';

/** Once the server has begun to close, what was accepted is finished and everything new is refused with 503. */
export function refuseWhileStopping(app: App): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (!stopping) return;
    reply.header('connection', 'close');
    throw new Refusal('UNAVAILABLE');
  });
}
