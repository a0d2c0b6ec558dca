const tickMs = 10;

/**
 * Lets work through at no more than a given pace. What is below the pace is done at once; what is above it is done later, in order of
 * arrival.
 */
export class Pace {
  readonly #perMs: number;
  /** What has not been used up lately may be done at once, as much as a tick brings. */
  readonly #unusedMax: number;
  #unused: number;
  #countedMs = 0;
  #waiting: (() => void)[] = [];

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1_000;
    this.#unusedMax = Math.max(1, this.#perMs * tickMs);
    this.#unused = this.#unusedMax;
  }

  do(work: () => void): void {
    this.#count();
    if (this.#waiting.length === 0 && this.#unused >= 1) {
      this.#unused -= 1;
      return work();
    }
    if (this.#waiting.push(work) === 1) this.#goOn();
  }

  #goOn(): void {
    setTimeout(() => {
      this.#count();
      const due = this.#waiting.splice(0, Math.floor(this.#unused));
      this.#unused -= due.length;
      for (const work of due) work();
      if (this.#waiting.length > 0) this.#goOn();
    }, tickMs);
  }

  #count(): void {
    const nowMs = performance.now();
    this.#unused = Math.min(this.#unusedMax, this.#unused + (nowMs - this.#countedMs) * this.#perMs);
    this.#countedMs = nowMs;
  }
}
