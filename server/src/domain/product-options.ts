import { type LocalText, hasRepeats } from './local-text.ts';
import { Refusal } from './refusal.ts';

export interface OptionValue extends LocalText {
  optionId: string;
}

/** A choice the buyer makes, such as a colour, with its values in the order in which the shop lists them. */
export interface ProductOption {
  name: LocalText;
  values: OptionValue[];
}

/** A value of an option: the index of one that is there, or the text of a new one. */
export type ChosenValue = number | LocalText;

/** Refuses VALIDATION_FAILED where an option, or a value of one, is there twice. */
export function checkOptions(options: { name: LocalText; values: LocalText[] }[]): void {
  if (hasRepeats(options.map(({ name }) => name))) throw invalid('options', 'must have different names in each language');
  options.forEach(({ values }, index) => {
    if (hasRepeats(values)) throw invalid(`options.${index}.values`, 'must differ in each language');
  });
}

/** Refuses VALIDATION_FAILED unless every variant chooses one value of each option, each combination once. */
export function checkCombinations(options: { values: unknown[] }[], variants: { optionValues: number[] }[]): void {
  if (options.length === 0 && variants.length !== 1) throw invalid('variants', 'must be exactly one where there are no options');
  variants.forEach(({ optionValues }, index) => {
    const fits = optionValues.length === options.length && optionValues.every((value, option) => value < (options[option]?.values.length ?? 0));
    if (!fits) throw invalid(`variants.${index}.optionValues`, 'must have the index of one value of each option');
  });
  if (new Set(variants.map(({ optionValues }) => String(optionValues))).size < variants.length) throw invalid('variants', 'must be different combinations');
}

/**
 * The options with the chosen values among them, new ones at the end, and the index of each chosen value.
 *
 * Refuses OPTIONS_FIXED where there is not one value for each option or an index leads nowhere, and VALIDATION_FAILED where a new value has
 * the text of another in only one language.
 */
export function chooseValues(options: ProductOption[], chosen: ChosenValue[], newId: () => string): { options: ProductOption[]; optionValues: number[] } {
  if (options.length === 0 || chosen.length !== options.length) throw new Refusal('OPTIONS_FIXED', { options: options.map(({ name }) => name) });
  const optionValues: number[] = [];
  const extended = options.map((option, index) => {
    const wanted = chosen[index];
    const found = typeof wanted === 'object' ? option.values.findIndex(({ ko, en }) => ko === wanted.ko && en === wanted.en) : (wanted ?? -1);
    optionValues.push(found === -1 ? option.values.length : found);
    if (typeof wanted !== 'object' || found !== -1) {
      if (!option.values[found]) throw new Refusal('OPTIONS_FIXED', { options: options.map(({ name }) => name) });
      return option;
    }
    const values = [...option.values, { ko: wanted.ko, en: wanted.en, optionId: newId() }];
    if (hasRepeats(values)) throw invalid(`optionValues.${index}`, 'must differ from the other values in each language');
    return { ...option, values };
  });
  return { options: extended, optionValues };
}

function invalid(field: string, message: string): Refusal {
  return new Refusal('VALIDATION_FAILED', { errors: [{ field, message }] });
}
