/** The ILIKE pattern for texts that have `part` in them, whatever it is made of. */
export function containing(part: string): string {
  return `%${part.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
