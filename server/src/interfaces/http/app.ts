import fastifyStatic from '@fastify/static';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { AccessTokens, ProductQueries, UserStore } from '../../application/ports.ts';
import type { App } from './app-type.ts';
import { authenticate } from './authenticate.ts';
import { readBodies } from './bodies.ts';
import { type Gauges, type Metrics, serveMetrics } from './metrics.ts';
import { type ConnectionLimits, timeLimits } from './connections.ts';
import { refuseOtherMethods } from './methods.ts';
import { describeApi } from './openapi.ts';
import { type RateLimits, limitRates } from './rate-limits.ts';
import { answerMalformedHttp } from './malformed-http.ts';
import { type TranslateError, answerRefusals, sendRefusal } from './refusals.ts';
import { type AdminRoutes, adminRoutes } from './routes/admin/admin-routes.ts';
import { type AuthRoutes, authRoutes } from './routes/auth-routes.ts';
import { type CartRoutes, cartRoutes } from './routes/cart-routes.ts';
import { type CouponRoutes, couponRoutes } from './routes/coupon-routes.ts';
import { type HealthRoutes, healthRoutes } from './routes/health-routes.ts';
import { type LiveRoutes, liveRoutes } from './routes/live-routes.ts';
import { type OrderRoutes, orderRoutes } from './routes/order-routes.ts';
import { type WalletRoutes, walletRoutes } from './routes/wallet-routes.ts';
import { productRoutes } from './routes/product-routes.ts';
import { userRoutes } from './routes/user-routes.ts';
import { secureAnswers } from './security-headers.ts';
import { type Overload, sheddingServer } from './shedding.ts';
import { refuseWhileStopping } from './stopping.ts';
import { compileValidator } from './validation.ts';

/** What the HTTP interface needs of the application. `compose.ts` brings it. */
export interface AppParts extends AuthRoutes, WalletRoutes, CouponRoutes, CartRoutes, LiveRoutes, OrderRoutes, HealthRoutes {
  users: UserStore;
  products: ProductQueries;
  accessTokens: AccessTokens;
  metrics: Metrics;
  /** Asked for by `GET /metrics`, if there is one. */
  metricsToken: string | undefined;
  connectionLimits: ConnectionLimits;
  gauges: Gauges;
  overload: Overload;
  rateLimits: RateLimits;
  translateError: TranslateError;
  /** Proxies whose X-Forwarded-For is believed, or false. */
  trustedProxies: string[] | false;
  logger: FastifyBaseLogger;
  admin: AdminRoutes;
  /** The folder of the product pictures, served under /images/. */
  imagesFolder: string;
}

const bodyBytesMax = 256 * 1024;

/** Builds the HTTP server, not yet listening. */
export async function buildApp(parts: AppParts): Promise<App> {
  const app: App = fastify({
    loggerInstance: parts.logger,
    // One line for each request would cost more than deciding on it; failures are logged where they are answered.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    serverFactory: sheddingServer(parts.overload, parts.metrics.countShed),
    ...timeLimits(parts.connectionLimits),
    trustProxy: parts.trustedProxies,
    // `refuseWhileStopping` answers in our own form.
    return503OnClosing: false,
    clientErrorHandler: answerMalformedHttp,
    frameworkErrors: (error, request, reply) => void sendRefusal(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(compileValidator);
  // JSON is all that is taken; Fastify would also take plain text.
  app.removeContentTypeParser('text/plain');
  readBodies(app);
  app.server.maxConnections = parts.connectionLimits.connectionsMax;

  answerRefusals(app, parts.translateError);
  refuseWhileStopping(app);
  const otherMethods = refuseOtherMethods(app);
  secureAnswers(app);
  authenticate(app, parts.accessTokens);
  await limitRates(app, parts.rateLimits);
  await describeApi(app);
  await servePictures(app, parts.imagesFolder);

  healthRoutes(app, parts);
  serveMetrics(app, parts.metrics, parts.gauges, parts.metricsToken);
  authRoutes(app, parts);
  userRoutes(app, parts.users);
  walletRoutes(app, parts);
  productRoutes(app, parts.products);
  couponRoutes(app, parts);
  cartRoutes(app, parts);
  orderRoutes(app, parts);
  liveRoutes(app, parts);
  adminRoutes(app, parts.admin);
  otherMethods();
  return app;
}

/** Anyone may see the product pictures. */
async function servePictures(app: App, root: string): Promise<void> {
  await app.register(async (pictures) => {
    pictures.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await pictures.register(fastifyStatic, {
      root, prefix: '/images/', index: false, maxAge: '1h', decorateReply: false, schemaHide: true,
    });
  });
}
