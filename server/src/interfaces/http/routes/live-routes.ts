import { PassThrough } from 'node:stream';
import { Type } from 'typebox';
import type { LiveCounts } from '../../../application/live-counts.ts';
import type { App } from '../app-type.ts';
import { Closed, Id, problemResponses } from '../fields.ts';

/** Keeps proxies from closing a quiet stream. */
const heartbeatMs = 15_000;
const idsMax = 100;

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const Ids = (description: string) =>
  Type.Optional(Type.String({ pattern: `^${uuid}(,${uuid}){0,${idsMax - 1}}$`, maxLength: idsMax * 37, description }));

const Counts = Type.Object({
  coupons: Type.Array(Type.Object({ couponId: Id, remainingQuantity: Type.Integer() })),
  variants: Type.Array(Type.Object({ variantId: Id, stock: Type.Integer() })),
});
/** One event of the stream; the document describes a stream by its events. */
const CountsEvent = Type.Object({
  event: Type.Literal('counts'),
  data: Type.String({ contentMediaType: 'application/json', contentSchema: Counts }),
});

export interface LiveRoutes {
  liveCounts: LiveCounts;
  /** Asks for a refresh now, so that a new listener does not wait for the next one. */
  refreshLiveCounts: () => void;
}

export function liveRoutes(app: App, { liveCounts, refreshLiveCounts }: LiveRoutes): void {
  const streams = new Set<PassThrough>();
  const heartbeat = setInterval(() => {
    for (const stream of streams) stream.write(': still here\n\n');
  }, heartbeatMs).unref();
  // Streams never end by themselves; the server would wait for them.
  app.addHook('preClose', async () => {
    clearInterval(heartbeat);
    for (const stream of streams) stream.end();
  });

  app.get(
    '/live',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'watchCounts',
        summary: 'Remaining coupons and stock as they change (server-sent events)',
        description:
          'Each `counts` event carries the whole state of what was asked for, at most a second old. Unknown ids are left out.',
        tags: ['catalog', 'coupon'],
        security: [],
        querystring: Closed({ coupons: Ids('Campaign ids, separated by commas.'), variants: Ids('Variant ids, separated by commas.') }),
        response: {
          200: { description: 'A stream of events.', content: { 'text/event-stream': { schema: Type.Unsafe<PassThrough>(CountsEvent) } } },
          ...problemResponses(400, 503),
        },
      },
    },
    async (request, reply) => {
      const { coupons, variants } = request.query;
      const stream = new PassThrough();
      const unsubscribe = liveCounts.subscribe({ couponIds: listOf(coupons), variantIds: listOf(variants) }, (countsJson) => {
        // A listener that does not keep up misses a state, never sees a wrong one: the next event carries everything again.
        if (!stream.writableNeedDrain) stream.write(`event: counts\ndata: ${countsJson}\n\n`);
      });
      streams.add(stream);
      stream.on('close', () => {
        unsubscribe();
        streams.delete(stream);
      });
      request.raw.on('close', () => stream.destroy());
      stream.write('retry: 1000\n\n');
      refreshLiveCounts();
      return reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store').send(stream);
    },
  );
}

function listOf(ids: string | undefined): string[] {
  return ids === undefined ? [] : ids.split(',');
}
