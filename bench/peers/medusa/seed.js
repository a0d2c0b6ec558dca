/**
 * Run by `medusa exec`, which hands it the container: makes the shop, with tracked stock, customers with tokens and a promotion with a
 * limit. Takes the wanted sizes as JSON in SHOP; writes the ids, the key and the tokens as JSON to FIXTURES_FILE.
 */
import { writeFile } from 'node:fs/promises';
import { ProductStatus, generateJwtToken } from '@medusajs/framework/utils';
import * as flows from '@medusajs/medusa/core-flows';

const currency_code = 'krw';
const batchSize = 100;

export default async function seed({ container }) {
  const { products, buyers, stock, scarceStock, couponUses, couponCode } = JSON.parse(process.env.SHOP);
  const make = async (workflow, input) => (await workflow(container).run({ input })).result;

  const [salesChannel] = await make(flows.createSalesChannelsWorkflow, { salesChannelsData: [{ name: 'Bench' }] });
  const [apiKey] = await make(flows.createApiKeysWorkflow, { api_keys: [{ title: 'Bench', type: 'publishable', created_by: '' }] });
  await make(flows.linkSalesChannelsToApiKeyWorkflow, { id: apiKey.id, add: [salesChannel.id] });
  const [region] = await make(flows.createRegionsWorkflow, {
    // No taxes, as the others here.
    regions: [{ name: 'Korea', currency_code, countries: ['kr'], payment_providers: ['pp_system_default'], automatic_taxes: false }],
  });
  const [location] = await make(flows.createStockLocationsWorkflow, { locations: [{ name: 'Warehouse' }] });
  await make(flows.linkSalesChannelsToStockLocationWorkflow, { id: location.id, add: [salesChannel.id] });

  const items = [];
  for (let n = 0; n < products; n += batchSize) {
    const names = Array.from({ length: Math.min(batchSize, products - n) }, (_, each) => `Product ${n + each}`);
    items.push(...(await addProducts(names, stock)));
  }
  const [scarce] = await addProducts(['Scarce'], scarceStock);

  async function addProducts(names, quantity) {
    const inventory = await make(flows.createInventoryItemsWorkflow, {
      // Sold without shipping, as the others here.
      items: names.map((sku) => ({ sku, requires_shipping: false, location_levels: [{ location_id: location.id, stocked_quantity: quantity }] })),
    });
    const made = await make(flows.createProductsWorkflow, {
      products: names.map((title, n) => ({
        title, status: ProductStatus.PUBLISHED, sales_channels: [{ id: salesChannel.id }], options: [{ title: 'Size', values: ['One'] }],
        variants: [{
          title: 'One', sku: title, options: { Size: 'One' }, manage_inventory: true, allow_backorder: false,
          inventory_items: [{ inventory_item_id: inventory[n].id, required_quantity: 1 }], prices: [{ amount: 1000, currency_code }],
        }],
      })),
    });
    return made.map(({ variants: [variant] }) => variant.id);
  }

  const customers = await make(flows.createCustomersWorkflow, {
    customersData: Array.from({ length: buyers }, (_, n) => ({ email: `buyer-${n}@bench.example`, first_name: 'A', last_name: 'Buyer', has_account: true })),
  });
  // Logged in: the token is what a login would answer, without hashing a password for each.
  const tokens = customers.map(({ id }) =>
    generateJwtToken({ actor_id: id, actor_type: 'customer', auth_identity_id: id, app_metadata: { customer_id: id } }, { secret: process.env.JWT_SECRET, expiresIn: '1d' }),
  );

  await make(flows.createPromotionsWorkflow, {
    promotionsData: [{
      code: couponCode, type: 'standard', status: 'active', limit: couponUses,
      application_method: { type: 'fixed', target_type: 'order', value: 100, currency_code },
    }],
  });
  await writeFile(process.env.FIXTURES_FILE, JSON.stringify({ items, scarce, tokens, regionId: region.id, publishableKey: apiKey.token }));
}
