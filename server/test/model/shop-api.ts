import { newCoupon } from '../campaigns.ts';
import { type MadeProduct, type TestShop, type TestUser, openShop } from '../shop.ts';
import { start, type Command } from './commands.ts';
import type { ModelState } from './shop-model.ts';

/** By the number of the command that made the order. */
type OrderIds = Map<number, { orderId: string; user: number }>;

/** The whole server on PostgreSQL, with a fresh set of users, variants and campaigns for each run. */
export class ShopApi {
  readonly #shop: TestShop;
  readonly #users: TestUser[];
  readonly #operator: TestUser;
  readonly #products: MadeProduct[];
  readonly #coupons: string[];
  readonly #issued = new Map<string, string>();
  readonly #orderIds: OrderIds = new Map();

  private constructor(shop: TestShop, users: TestUser[], operator: TestUser, products: MadeProduct[], coupons: string[]) {
    this.#shop = shop;
    this.#users = users;
    this.#operator = operator;
    this.#products = products;
    this.#coupons = coupons;
  }

  static openShop = () => openShop();

  static async open(shop: TestShop): Promise<ShopApi> {
    const users = await Promise.all(start.balances.map((balance) => shop.newBuyer(balance)));
    const products = await Promise.all(start.variants.map(({ price, stock }) => shop.newProduct({ price, stocks: [stock] })));
    const coupons = await Promise.all(start.campaigns.map((campaign) => newCoupon(shop, campaign)));
    return new ShopApi(shop, users, await shop.newOperator(), products, coupons);
  }

  /** Sends all commands at the same time; gives each one's answer. In which order they were decided is not known. */
  runBatch(batch: { number: number; command: Command }[]): Promise<string[]> {
    // An order that this very batch makes has no id yet, so nobody can ask for it.
    const known = new Map(this.#orderIds);
    const issued = new Map(this.#issued);
    return Promise.all(batch.map(({ number, command }) => this.#send(number, command, known, issued)));
  }

  async #send(number: number, command: Command, orders: OrderIds, issued: Map<string, string>): Promise<string> {
    switch (command.kind) {
      case 'charge':
        return codeOf(await this.#user(command.user).send('POST', '/balance/charge', { amount: command.amount }));
      case 'adjustStock': {
        const { variantIds } = this.#products[command.variant]!;
        return codeOf(await this.#operator.send('POST', `/admin/variants/${variantIds[0]}/stock`, { delta: command.delta, reason: 'count' }));
      }
      case 'issue': {
        const answer = await this.#user(command.user).send('POST', `/coupons/${this.#coupons[command.campaign]}/issue`);
        if (answer.status === 201) this.#issued.set(`${command.campaign} ${command.user}`, answer.body.issuedCouponId);
        return codeOf(answer);
      }
      case 'order':
      case 'hold': {
        const { user, lines, campaign } = command;
        const items = lines.map(({ variant, quantity }) => ({ productId: this.#products[variant]!.productId, quantity }));
        const couponId = campaign === null ? undefined : (issued.get(`${campaign} ${user}`) ?? nobody);
        const answer = await this.#user(user).send('POST', command.kind === 'order' ? '/order' : '/orders', { items, couponId });
        if (answer.body.orderId) this.#orderIds.set(number, { orderId: answer.body.orderId, user });
        return codeOf(answer);
      }
      case 'pay':
      case 'cancel': {
        const { orderId, user } = orders.get(command.order) ?? { orderId: nobody, user: 0 };
        return codeOf(await this.#user(user).send('POST', `/orders/${orderId}/${command.kind}`));
      }
      case 'endHold':
        await this.#endHold(orders.get(command.order)?.orderId ?? nobody);
        return 'OK';
    }
  }

  /** Lets the time of a hold be over and waits until the job has noticed. */
  async #endHold(orderId: string): Promise<void> {
    const ended = await this.#shop.rows(`UPDATE orders SET hold_expires_at = now() WHERE id = $1 AND status = 'PENDING' RETURNING id`, [orderId]);
    for (let waiting = ended.length > 0; waiting; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      waiting = (await this.#shop.rows(`SELECT FROM orders WHERE id = $1 AND status = 'PENDING'`, [orderId])).length > 0;
    }
  }

  #user(user: number): TestUser {
    return this.#users[user]!;
  }

  async state(): Promise<ModelState> {
    const userIds = this.#users.map(({ userId }) => userId);
    const [row] = await this.#shop.rows<{ balances: number[]; stocks: number[]; issued: number[] }>(
      `SELECT (SELECT json_agg(w.balance ORDER BY u.n) FROM unnest($1::uuid[]) WITH ORDINALITY u (id, n) JOIN wallets w ON w.user_id = u.id) AS balances,
              (SELECT json_agg(v.stock ORDER BY u.n) FROM unnest($2::uuid[]) WITH ORDINALITY u (id, n) JOIN variants v ON v.id = u.id) AS stocks,
              (SELECT json_agg(c.issued_quantity ORDER BY u.n) FROM unnest($3::uuid[]) WITH ORDINALITY u (id, n) JOIN coupons c ON c.id = u.id) AS issued`,
      [userIds, this.#products.map(({ variantIds }) => variantIds[0]), this.#coupons],
    );
    const coupons = await this.#shop.rows<{ coupon_id: string; user_id: string; status: 'AVAILABLE' | 'USED' }>(
      'SELECT coupon_id, user_id, status FROM issued_coupons WHERE coupon_id = ANY($1)',
      [this.#coupons],
    );
    const orders = await this.#shop.rows<{ id: string; status: 'PENDING' | 'SUCCESS' | 'FAILED' | 'CANCELLED' }>(
      'SELECT id, status FROM orders WHERE user_id = ANY($1)',
      [userIds],
    );
    const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
    return {
      ...row!,
      coupons: this.#coupons.map((couponId) =>
        userIds.map((userId) => coupons.find((coupon) => coupon.coupon_id === couponId && coupon.user_id === userId)?.status ?? null),
      ),
      orders: Object.fromEntries([...this.#orderIds].map(([number, { orderId }]) => [number, statusOf.get(orderId) ?? 'FAILED'])),
    };
  }
}

/** An id that nothing has. */
const nobody = '00000000-0000-7000-8000-000000000000';

function codeOf({ status, body }: { status: number; body: { code?: string } }): string {
  return status < 300 ? 'OK' : (body.code ?? String(status));
}
