import { Refusal } from '../../domain/refusal.ts';
import type { App } from './app-type.ts';

/** Once the server has begun to close, what was accepted is finished and everything new is refused with 503. */
export function refuseWhileStopping(app: App): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onRequest', async () => {
    if (stopping) throw new Refusal('UNAVAILABLE');
  });
  // Closing waits for every connection: one that is kept alive after its last answer would hold it up for a minute.
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
}
