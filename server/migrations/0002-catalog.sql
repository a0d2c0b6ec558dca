-- Products, their options, and variants: one row for each sellable combination, which carries the stock.

CREATE TABLE products (
  id             uuid PRIMARY KEY,
  category       text NOT NULL,
  name_ko        text NOT NULL,
  name_en        text NOT NULL,
  description_ko text NOT NULL,
  description_en text NOT NULL,
  base_price     bigint NOT NULL CHECK (base_price > 0),
  status         text NOT NULL CHECK (status IN ('ON_SALE', 'SUSPENDED')),
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE product_images (
  product_id uuid NOT NULL REFERENCES products (id),
  position   smallint NOT NULL CHECK (position >= 0),
  url        text NOT NULL,
  is_main    boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (product_id, position)
);
CREATE UNIQUE INDEX product_images_one_main ON product_images (product_id) WHERE is_main;

CREATE TABLE product_options (
  id         uuid PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  position   smallint NOT NULL,
  name_ko    text NOT NULL,
  name_en    text NOT NULL,
  value_ko   text NOT NULL,
  value_en   text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (product_id, name_en, value_en),
  -- Lets variant_options prove that a variant only combines options of its own product.
  UNIQUE (id, product_id)
);

-- Sales update stock in place: room on each page keeps those updates off the indexes.
CREATE TABLE variants (
  id               uuid PRIMARY KEY,
  product_id       uuid NOT NULL REFERENCES products (id),
  -- The ids of its options, sorted and joined: one combination is one variant.
  combination      text NOT NULL,
  additional_price bigint NOT NULL,
  -- Base price plus additional price, written whenever either changes.
  price            bigint NOT NULL CHECK (price > 0),
  stock            integer NOT NULL CHECK (stock >= 0),
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (product_id, combination),
  UNIQUE (id, product_id)
) WITH (fillfactor = 50);

CREATE TABLE variant_options (
  variant_id uuid NOT NULL,
  option_id  uuid NOT NULL,
  product_id uuid NOT NULL,
  PRIMARY KEY (variant_id, option_id),
  FOREIGN KEY (variant_id, product_id) REFERENCES variants (id, product_id),
  FOREIGN KEY (option_id, product_id) REFERENCES product_options (id, product_id)
);
