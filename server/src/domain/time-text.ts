/** By the milliseconds that they say. A batch tells few times, and each for everybody in it. */
const remembered = new Map<number, string>();
const rememberedMax = 64;

/** Gives a time in ISO 8601, in UTC. Remembers the last ones: to make a text takes 0.6 µs, and an order or a coupon tells three or four times. */
export function timeText(time: Date): string {
  const msecs = time.getTime();
  const known = remembered.get(msecs);
  if (known !== undefined) return known;
  if (remembered.size >= rememberedMax) remembered.clear();
  const text = time.toISOString();
  remembered.set(msecs, text);
  return text;
}
