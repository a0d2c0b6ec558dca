/** A text in the two languages of the shop. */
export interface LocalText {
  ko: string;
  en: string;
}

/** Whether one of the texts occurs twice in one of the languages: a reader of that language could not tell them apart. */
export function hasRepeats(texts: LocalText[]): boolean {
  return new Set(texts.map(({ ko }) => ko)).size < texts.length || new Set(texts.map(({ en }) => en)).size < texts.length;
}
