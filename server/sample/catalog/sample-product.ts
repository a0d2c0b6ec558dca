/** A text in the two languages of the sample shop. */
export interface SampleText {
  ko: string;
  en: string;
}

/** A choice the buyer makes, such as a colour or a size. */
export interface SampleOption {
  name: SampleText;
  values: SampleText[];
}

/** One thing that can be put in a cart; `optionValues[i]` is the index into `options[i].values`. */
export interface SampleVariant {
  optionValues: number[];
  additionalPrice: number;
  stock: number;
}

/** A product of the sample catalog. Its first picture is `images/<slug>.svg`. */
export interface SampleProduct {
  slug: string;
  category: string;
  name: SampleText;
  description: SampleText;
  /** Base price in won. */
  price: number;
  status: 'ON_SALE' | 'SUSPENDED';
  options: SampleOption[];
  variants: SampleVariant[];
}

type Pair = readonly [ko: string, en: string];

interface CombinationRules {
  /** One stock for every combination, or one for each value of the last option. */
  stock: number | number[];
  /** `extra[i][j]` won is added when value `j` of option `i` is chosen. */
  extra?: number[][];
  /** Combinations, as value indexes, that have nothing left. */
  soldOut?: number[][];
}

/** An option from Korean and English pairs. */
export function option([ko, en]: Pair, ...values: Pair[]): SampleOption {
  return { name: { ko, en }, values: values.map((value) => ({ ko: value[0], en: value[1] })) };
}

/** A colour option. */
export function colour(...values: Pair[]): SampleOption {
  return option(['색상', 'Colour'], ...values);
}

/** A size option; size labels read the same in both languages. */
export function size(...labels: string[]): SampleOption {
  return option(['사이즈', 'Size'], ...labels.map((label): Pair => [label, label]));
}

/** The options of a product with every combination of their values as its variants. */
export function combinations(
  options: SampleOption[],
  { stock, extra = [], soldOut = [] }: CombinationRules,
): Pick<SampleProduct, 'options' | 'variants'> {
  let chosen: number[][] = [[]];
  for (const { values } of options) {
    chosen = chosen.flatMap((before) => values.map((_, index) => [...before, index]));
  }
  const gone = new Set(soldOut.map(String));
  const stockOf = (last: number): number => (typeof stock === 'number' ? stock : (stock[last] ?? 0));
  const variants = chosen.map((optionValues) => ({
    optionValues,
    additionalPrice: optionValues.reduce((sum, value, index) => sum + (extra[index]?.[value] ?? 0), 0),
    stock: gone.has(String(optionValues)) ? 0 : stockOf(optionValues.at(-1) ?? 0),
  }));
  return { options, variants };
}

/** No options: the product is its only variant. */
export function single(stock: number): Pick<SampleProduct, 'options' | 'variants'> {
  return { options: [], variants: [{ optionValues: [], additionalPrice: 0, stock }] };
}
