import fastify from 'fastify';
import { Order, OrderBody } from '../server/src/interfaces/http/routes/order-schemas.ts';

/**
 * The floor: Fastify with the same schemas and nothing behind them. `POST /echo` validates an order's body and answers one; `GET
 * /static/:bytes` answers a string of that size.
 */
const answers = new Map<string, string>();
const app = fastify({ logger: false });
app.post('/echo', { schema: { body: OrderBody, response: { 201: Order } } }, async (request, reply) => {
  const { items } = request.body as { items: { productId: string; variantId: string; quantity: number }[] };
  const now = new Date().toISOString();
  return reply.code(201).send({
    orderId: items[0]?.productId, userId: items[0]?.productId, orderStatus: 'SUCCESS', deliveryStatus: 'PREPARING', itemsPrice: 1000,
    discountAmount: 0, totalPrice: 1000, failureReason: null, issuedCouponId: null, createdAt: now, paidAt: now, holdExpiresAt: null,
    cancelledAt: null, items: items.map((item) => ({ ...item, unitPrice: 1000 })),
  });
});
app.get('/static/:bytes', async (request, reply) => {
  const { bytes } = request.params as { bytes: string };
  const answer = answers.get(bytes) ?? JSON.stringify('x'.repeat(Math.max(0, Number(bytes) - 2)));
  answers.set(bytes, answer);
  return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
});
app.addContentTypeParser('text/plain', (_request, _body, done) => done(null));
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', () => void app.close());
