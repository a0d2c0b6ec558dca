import { createHash, timingSafeEqual } from 'node:crypto';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { Type } from 'typebox';
import { Refusal } from '../../domain/refusal.ts';
import type { App } from './app-type.ts';
import { bearerToken } from './authenticate.ts';
import { problemResponses } from './fields.ts';

/** Numbers that are read when they are asked for. */
export interface Gauges {
  deskWaiting: () => number;
  liveListeners: () => number;
}

export interface Metrics {
  registry: Registry;
  observeBatch: (size: number) => void;
  countShed: () => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const batchSize = new Histogram({
    name: 'openrun_desk_batch_size',
    help: 'Requests decided in one transaction',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers: [registry],
  });
  const shed = new Counter({
    name: 'openrun_shed_requests_total',
    help: 'Requests answered with OVERLOADED before anything was done for them',
    registers: [registry],
  });
  return { registry, observeBatch: (size) => batchSize.observe(size), countShed: () => shed.inc() };
}

/**
 * `GET /metrics` in the Prometheus text format, and the request durations that it shows, by route and status. With a token, only for who
 * sends it; otherwise for anyone.
 */
export function serveMetrics(app: App, { registry }: Metrics, gauges: Gauges, token: string | undefined): void {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const waiting = new Gauge({ name: 'openrun_desk_waiting', help: 'Requests waiting at the desk', registers: [registry] });
  const listeners = new Gauge({ name: 'openrun_live_listeners', help: 'Listeners of live counts', registers: [registry] });
  // Finding the series of three labels costs more than counting in it.
  const series = new Map<string, { observe: (seconds: number) => void }>();
  app.addHook('onResponse', ({ method, routeOptions: { url: route = 'none' } }, { statusCode: status, elapsedTime }, done) => {
    const id = `${method} ${route} ${status}`;
    const known = series.get(id) ?? duration.labels({ method, route, status });
    series.set(id, known);
    known.observe(elapsedTime / 1000);
    done();
  });
  app.get(
    '/metrics',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        description: 'Where the server has a METRICS_TOKEN, that is asked for as a bearer token.',
        tags: ['operation'],
        security: [],
        response: {
          200: { description: 'The Prometheus text format.', content: { 'text/plain': { schema: Type.String() } } },
          ...problemResponses(401),
        },
      },
    },
    async (request, reply) => {
      if (token !== undefined && !sameText(bearerToken(request) ?? '', token)) throw new Refusal('UNAUTHENTICATED');
      waiting.set(gauges.deskWaiting());
      listeners.set(gauges.liveListeners());
      return reply.type(registry.contentType).send(await registry.metrics());
    },
  );
}

/** Takes as long wherever they differ, and however long they are. */
function sameText(left: string, right: string): boolean {
  const [one, other] = [left, right].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(one, other);
}
