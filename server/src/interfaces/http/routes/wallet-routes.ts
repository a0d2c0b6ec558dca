import { Type } from 'typebox';
import type { ChargeWallet } from '../../../application/charge-wallet.ts';
import type { WalletQueries } from '../../../application/ports.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { Rules } from '../../../domain/rules.ts';
import type { App } from '../app-type.ts';
import { callerOf, subjectOfRequest } from '../authenticate.ts';
import { Closed, Id, IdempotencyHeaders, Money, Nullable, OneOf, PageQuery, Time, problemResponses } from '../fields.ts';
import { sendDecided } from '../decided.ts';
import { sendPage } from '../pages.ts';

export const Balance = Type.Object({ userId: Id, currentBalance: Money });

export const WalletTransaction = Type.Object({
  transactionId: Id,
  type: OneOf(['CHARGE', 'PAYMENT', 'REFUND', 'ADJUST']),
  amount: Type.Integer({ description: 'Won, signed: what was added to the balance.' }),
  balanceBefore: Money,
  balanceAfter: Money,
  orderId: Nullable(Id),
  reason: Nullable(Type.String({ description: 'Given by the operator who corrected the balance.' })),
  createdAt: Time,
});

export interface WalletRoutes {
  chargeWallet: ChargeWallet;
  wallets: WalletQueries;
  rules: Rules;
}

export function walletRoutes(app: App, { chargeWallet, wallets, rules }: WalletRoutes): void {
  const Charge = Closed({
    userId: Type.Optional(Id),
    amount: Type.Integer({ minimum: 0, maximum: rules.walletChargeMax, description: 'Won. 0 is accepted and changes nothing.' }),
  });

  app.post(
    '/balance/charge',
    {
      schema: {
        operationId: 'chargeBalance',
        summary: 'Charge a wallet',
        tags: ['wallet'],
        headers: IdempotencyHeaders,
        body: Charge,
        response: { 200: Balance, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const decided = await chargeWallet(callerOf(request), request.body, request.headers['idempotency-key']);
      return sendDecided(reply, decided);
    },
  );

  app.get(
    '/balance',
    {
      schema: {
        operationId: 'getBalance',
        summary: 'The balance of a wallet',
        tags: ['wallet'],
        querystring: Closed({ userId: Type.Optional(Id) }),
        response: { 200: Balance, ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const balance = await wallets.findBalance(subjectOfRequest(request, request.query.userId));
      if (!balance) throw new Refusal('USER_NOT_FOUND');
      return balance;
    },
  );

  app.get(
    '/balance/history',
    {
      schema: {
        operationId: 'getBalanceHistory',
        summary: 'The transactions of a wallet, newest first',
        tags: ['wallet'],
        querystring: Closed({ userId: Type.Optional(Id), ...PageQuery }),
        response: { 200: Type.Array(WalletTransaction), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId, limit, cursor } = request.query;
      const subject = subjectOfRequest(request, userId);
      const page = await wallets.history(subject, { limit, cursor });
      if (page.rows.length === 0 && !(await wallets.findBalance(subject))) throw new Refusal('USER_NOT_FOUND');
      return sendPage(request, reply, page);
    },
  );
}
