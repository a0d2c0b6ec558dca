import { Type } from 'typebox';
import type { ReportQueries } from '../../../../application/admin-ports.ts';
import type { App } from '../../app-type.ts';
import { Closed, Id, Nullable, PageQuery, Time, problemResponses } from '../../fields.ts';
import { languageOf } from '../../language.ts';
import { sendPage } from '../../pages.ts';
import { PeriodQuery, adminTag, operator, periodOf } from './schemas.ts';

const Sales = Type.Object({
  hour: Time,
  productId: Id,
  productName: Type.String(),
  units: Type.Integer({ description: 'Paid in this hour and not cancelled.' }),
  revenue: Type.Integer({ description: "Won, before the orders' discounts." }),
});

const OperatorAction = Type.Object({
  actionId: Id,
  operatorId: Id,
  action: Type.String(),
  subjectType: Type.String(),
  subjectId: Id,
  reason: Nullable(Type.String()),
  before: Type.Unknown({ description: 'What the action changed, as it was; null where it made something new.' }),
  after: Type.Unknown({ description: 'And as it is since.' }),
  createdAt: Time,
});

export interface AdminReportRoutes {
  reports: ReportQueries;
}

export function adminReportRoutes(app: App, { reports }: AdminReportRoutes): void {
  app.get(
    '/admin/statistics/sales',
    {
      config: operator,
      schema: {
        operationId: 'adminListSales',
        summary: 'Units and revenue by product and hour, the newest hour first',
        tags: adminTag,
        querystring: Closed({ productId: Type.Optional(Id), ...PeriodQuery, ...PageQuery }),
        response: { 200: Type.Array(Sales), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { productId, limit, cursor } = request.query;
      const page = await reports.listSales({ productId, ...periodOf(request.query) }, { limit, cursor }, languageOf(request));
      return sendPage(request, reply, page);
    },
  );

  app.get(
    '/admin/actions',
    {
      config: operator,
      schema: {
        operationId: 'adminListActions',
        summary: 'The audit log: what operators did, newest first',
        tags: adminTag,
        querystring: Closed({ operatorId: Type.Optional(Id), subjectId: Type.Optional(Id), ...PageQuery }),
        response: { 200: Type.Array(OperatorAction), ...problemResponses(400, 401, 403, 429, 503) },
      },
    },
    async (request, reply) => {
      const { limit, cursor, ...filter } = request.query;
      return sendPage(request, reply, await reports.listActions(filter, { limit, cursor }));
    },
  );
}
