/** The status of an answer that is there as a whole; undefined while some of it is missing. Takes one character for a byte. Every answer must name its length. */
export function statusOfWhole(answer: string): number | undefined {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error(`an answer without its length: ${answer.slice(0, headEnd)}`);
  return answer.length >= headEnd + 4 + Number(length) ? Number(answer.slice(9, 12)) : undefined;
}
