/**
 * Makes the tables and the shop: products with tracked stock, customers with sessions, a promotion with a usage limit. Takes the wanted
 * sizes as JSON in SHOP; writes the ids and tokens as JSON to FIXTURES_FILE.
 */
import { writeFile } from 'node:fs/promises';
import { CustomerService, FastImporterService, Populator, PromotionService, RequestContextService, SessionService, TaxCategoryService, UserService, bootstrapWorker } from '@vendure/core';
import { config } from './config.js';

const languageCode = 'en';
const { products, buyers, stock, scarceStock, couponUses, couponCode } = JSON.parse(process.env.SHOP);
const { app } = await bootstrapWorker(config);

await app.get(Populator).populateInitialData({
  defaultLanguage: languageCode,
  defaultZone: 'Asia',
  countries: [{ code: 'KR', name: 'Korea', zone: 'Asia' }],
  taxRates: [{ name: 'Zero', percentage: 0 }],
  shippingMethods: [],
  paymentMethods: [{ name: 'Settled at once', handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] } }],
  collections: [],
});
const ctx = await app.get(RequestContextService).create({ apiType: 'admin' });
const [taxCategory] = (await app.get(TaxCategoryService).findAll(ctx)).items;

const importer = app.get(FastImporterService);
await importer.initialize();
const items = [];
for (let n = 0; n < products; n += 1) items.push(await addProduct(`Product ${n}`, stock));
const scarce = await addProduct('Scarce', scarceStock);

async function addProduct(name, stockOnHand) {
  const productId = await importer.createProduct({
    enabled: true, featuredAssetId: undefined, assetIds: [], facetValueIds: [],
    translations: [{ languageCode, name, slug: name, description: 'Description' }],
  });
  return String(await importer.createProductVariant({
    productId, sku: name, price: 1000, stockOnHand, trackInventory: 'TRUE', taxCategoryId: taxCategory.id, optionIds: [], facetValueIds: [], assetIds: [],
    translations: [{ languageCode, name }],
  }));
}

const tokens = [];
for (let n = 0; n < buyers; n += 1) {
  const emailAddress = `buyer-${n}@bench.example`;
  await app.get(CustomerService).create(ctx, { emailAddress, firstName: 'A', lastName: 'Buyer' });
  // Logged in: the session is what a login would make, without hashing a password for each.
  const user = await app.get(UserService).getUserByEmailAddress(ctx, emailAddress, 'customer');
  tokens.push((await app.get(SessionService).createNewAuthenticatedSession(ctx, user, 'native')).token);
}

await app.get(PromotionService).createPromotion(ctx, {
  enabled: true, couponCode, usageLimit: couponUses, conditions: [],
  actions: [{ code: 'order_fixed_discount', arguments: [{ name: 'discount', value: '100' }] }],
  translations: [{ languageCode, name: 'Limited', description: '' }],
});
await writeFile(process.env.FIXTURES_FILE, JSON.stringify({ items, scarce, tokens }));
await app.close();
