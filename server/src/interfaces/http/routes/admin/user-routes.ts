import { Type } from 'typebox';
import type { AdminUserQueries } from '../../../../application/admin-ports.ts';
import type { AdjustWallet } from '../../../../application/correct-books.ts';
import type { WalletQueries } from '../../../../application/ports.ts';
import { Refusal } from '../../../../domain/refusal.ts';
import type { App } from '../../app-type.ts';
import { callerOf } from '../../authenticate.ts';
import { sendDecided } from '../../decided.ts';
import { Closed, IdempotencyHeaders, Money, PageQuery, Text, problemResponses } from '../../fields.ts';
import { sendPage } from '../../pages.ts';
import { User } from '../user-routes.ts';
import { Balance, WalletTransaction } from '../wallet-routes.ts';
import { Reason, UserParams, adminTag, operator } from './schemas.ts';

/** Above the largest setting of a balance, so that any balance can be corrected. */
const amountMax = 1_000_000_000_000;
const WalletBody = Closed({
  amount: Type.Integer({ minimum: -amountMax, maximum: amountMax, not: { const: 0 }, description: 'Won, signed: what is added; not 0.' }),
  reason: Reason,
});

export interface AdminUserRoutes {
  accounts: AdminUserQueries;
  wallets: WalletQueries;
  adjustWallet: AdjustWallet;
}

export function adminUserRoutes(app: App, { accounts, wallets, adjustWallet }: AdminUserRoutes): void {
  app.get(
    '/admin/users',
    {
      config: operator,
      schema: {
        operationId: 'adminListUsers',
        summary: 'Accounts, newest first',
        tags: adminTag,
        querystring: Closed({
          search: Type.Optional(Text({ minLength: 1, maxLength: 100, description: 'Part of the email or the name.' })),
          ...PageQuery,
        }),
        response: { 200: Type.Array(User), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { search, limit, cursor } = request.query;
      return sendPage(request, reply, await accounts.list(search, { limit, cursor }));
    },
  );

  app.get(
    '/admin/users/:userId',
    {
      config: operator,
      schema: {
        operationId: 'adminGetUser',
        summary: 'An account with its balance',
        tags: adminTag,
        params: UserParams,
        response: { 200: Type.Object({ ...User.properties, currentBalance: Money }), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const account = await accounts.find(request.params.userId);
      if (!account) throw new Refusal('USER_NOT_FOUND');
      return account;
    },
  );

  app.get(
    '/admin/users/:userId/wallet',
    {
      config: operator,
      schema: {
        operationId: 'adminListWalletTransactions',
        summary: 'The transactions of a wallet, newest first',
        tags: adminTag,
        params: UserParams,
        querystring: Closed(PageQuery),
        response: { 200: Type.Array(WalletTransaction), ...problemResponses(400, 401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = request.params;
      const page = await wallets.history(userId, request.query);
      if (page.rows.length === 0 && !(await wallets.findBalance(userId))) throw new Refusal('USER_NOT_FOUND');
      return sendPage(request, reply, page);
    },
  );

  app.post(
    '/admin/users/:userId/wallet',
    {
      config: operator,
      schema: {
        operationId: 'adminAdjustWallet',
        summary: 'Correct a wallet by an amount',
        tags: adminTag,
        headers: IdempotencyHeaders,
        params: UserParams,
        body: WalletBody,
        response: { 200: Balance, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) =>
      sendDecided(reply, await adjustWallet(callerOf(request), request.params.userId, request.body, request.headers['idempotency-key'])),
  );
}
