import type { Pool, PoolClient } from 'pg';
import type { Campaign } from '../../domain/campaign.ts';
import type { RecordTables } from './record-store.ts';

/** The row that the desk locks to issue a coupon: terms and quantity hold still while they are changed. */
export const campaignTables: RecordTables<Campaign> = {
  lock: (client, couponId) => findCampaign(client, couponId, 'FOR NO KEY UPDATE'),

  save(statements, before, after) {
    const { id, ...rest } = campaignRow(after);
    const columns = Object.keys(rest);
    const text = before
      ? `UPDATE coupons SET ${columns.map((column, index) => `${column} = $${index + 2}`).join(', ')} WHERE id = $1`
      : `INSERT INTO coupons (id, ${columns.join(', ')}) VALUES ($1, ${columns.map((_, index) => `$${index + 2}`).join(', ')})`;
    return [statements.query(text, [id, ...Object.values(rest)])];
  },
};

/** Shared with the lists. */
export const campaignColumns = `
  c.id AS "couponId", c.version, json_build_object('ko', c.name_ko, 'en', c.name_en) AS name, c.discount_type AS "discountType",
  c.discount_value AS "discountValue", c.discount_max AS "discountMax", c.minimum_order_amount AS "minimumOrderAmount",
  c.total_quantity AS "totalQuantity", c.issued_quantity AS "issuedQuantity", c.starts_at AS "startsAt", c.ends_at AS "endsAt",
  c.life_days AS "lifeDays", c.created_at AS "createdAt", c.updated_at AS "updatedAt"`;

export async function findCampaign(client: Pool | PoolClient, couponId: string, lock: '' | 'FOR NO KEY UPDATE' = ''): Promise<Campaign | undefined> {
  const { rows } = await (client as Pool).query<Campaign>(`SELECT ${campaignColumns} FROM coupons c WHERE c.id = $1 ${lock}`, [couponId]);
  return rows[0];
}

/** The issued quantity is the desk's to write. */
function campaignRow(campaign: Campaign) {
  return {
    id: campaign.couponId,
    name_ko: campaign.name.ko,
    name_en: campaign.name.en,
    discount_type: campaign.discountType,
    discount_value: campaign.discountValue,
    discount_max: campaign.discountMax,
    minimum_order_amount: campaign.minimumOrderAmount,
    total_quantity: campaign.totalQuantity,
    starts_at: campaign.startsAt,
    ends_at: campaign.endsAt,
    life_days: campaign.lifeDays,
    version: campaign.version,
    created_at: campaign.createdAt,
    updated_at: campaign.updatedAt,
  };
}
