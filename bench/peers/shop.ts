import type { AuditReport } from '../../server/src/application/ports.ts';

/** What is put up for sale, in each shop alike. Every unit costs 1000 and no tax. */
export interface Wanted {
  products: number;
  buyers: number;
  /** Units of each product. */
  stock: number;
  /** Units of one further product, for which there are more buyers. */
  scarceStock: number;
  /** How often the coupon, worth 100, may be used. */
  couponUses: number;
  couponCode: string;
}

/** Refused by a rule, such as sold out; whatever else goes wrong is thrown. */
export type Outcome = 'bought' | 'refused';

/** The number of a product, or the scarce one. */
export type Item = number | 'scarce';

export interface Facts {
  orders: number;
  units: number;
  /** Units that the shop still offers. */
  left: number;
}

/** A shop that is filled, started and ready to sell; its buyers are logged in. */
export interface OpenShop {
  /** Of everything that the shop runs, the database aside. */
  pids: number[];
  /** HTTP requests sent so far. */
  calls: () => number;
  /** One unit for one buyer, from nothing to a paid order. */
  buy: (buyer: number, item: Item) => Promise<Outcome>;
  /** The same with the limited coupon; a buyer who does not get it buys nothing. */
  buyWithCoupon: (buyer: number, item: Item) => Promise<Outcome>;
  /** What the shop's own tables say of the scarce product: placed and paid orders. */
  scarceSales: () => Promise<Facts>;
  /** Placed and paid orders with the discount. */
  discountedOrders: () => Promise<number>;
  /** The shop's own audit of its books, where it has one. */
  audit?: () => Promise<AuditReport>;
  close: () => Promise<void>;
}

export interface Shop {
  name: string;
  /** Installs it if need be, fills the empty database, and starts it. */
  open: (databaseUrl: string, wanted: Wanted) => Promise<OpenShop>;
}
