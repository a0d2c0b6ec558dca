import { Type } from 'typebox';
import { Closed, Id, Text, Time } from '../../fields.ts';

/** What several of the operators' routes have in common. */

export const adminTag = ['admin'];
export const operator = { access: 'operator' } as const;

export const LocalName = Closed({ ko: Text({ minLength: 1, maxLength: 200 }), en: Text({ minLength: 1, maxLength: 200 }) });
export const LocalString = Type.Object({ ko: Type.String(), en: Type.String() });
export const Version = Type.Integer({ description: 'Raised by every change; the ETag.' });
export const Reason = Text({ minLength: 1, maxLength: 500, description: 'Kept in the history and the audit log.' });
export const Category = Type.String({ pattern: '^[a-z0-9-]{1,50}$' });
export const Search = Text({ minLength: 1, maxLength: 100 });

/** The time of a list's rows: `from` is included, `to` is not. */
export const PeriodQuery = { from: Type.Optional(Time), to: Type.Optional(Time) };

export const ProductParams = Type.Object({ productId: Id });
export const VariantParams = Type.Object({ variantId: Id });
export const CouponParams = Type.Object({ couponId: Id });
export const OrderParams = Type.Object({ orderId: Id });
export const UserParams = Type.Object({ userId: Id });

export function periodOf({ from, to }: { from?: string; to?: string }): { from: Date | undefined; to: Date | undefined } {
  return { from: from === undefined ? undefined : new Date(from), to: to === undefined ? undefined : new Date(to) };
}
