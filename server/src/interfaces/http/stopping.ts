import { Refusal } from '../../domain/refusal.ts';
import type { App } from './app-type.ts';

/** Once the server has begun to close, what was accepted is finished and everything new is refused with 503. */
export function refuseWhileStopping(app: App): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onRequest', (_request, _reply, done) => done(stopping ? new Refusal('UNAVAILABLE') : undefined));
  // Closing waits for every connection: one that is kept alive after its last answer would hold it up for a minute.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('connection', 'close');
    done();
  });
}
