import type { App } from '../../app-type.ts';
import { type AdminCouponRoutes, adminCouponRoutes } from './coupon-routes.ts';
import { type AdminOrderRoutes, adminOrderRoutes } from './order-routes.ts';
import { type AdminProductRoutes, adminProductRoutes } from './product-routes.ts';
import { type AdminReportRoutes, adminReportRoutes } from './report-routes.ts';
import { type AdminUserRoutes, adminUserRoutes } from './user-routes.ts';
import { type AdminVariantRoutes, adminVariantRoutes } from './variant-routes.ts';

export interface AdminRoutes
  extends AdminProductRoutes, AdminVariantRoutes, AdminCouponRoutes, AdminOrderRoutes, AdminUserRoutes, AdminReportRoutes {}

/** What only operators may do. */
export function adminRoutes(app: App, parts: AdminRoutes): void {
  adminProductRoutes(app, parts);
  adminVariantRoutes(app, parts);
  adminCouponRoutes(app, parts);
  adminOrderRoutes(app, parts);
  adminUserRoutes(app, parts);
  adminReportRoutes(app, parts);
}
