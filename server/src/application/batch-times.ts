/** How much of the averages a new batch is. */
const newest = 0.2;

/** How long the desk's last batches took, in milliseconds, and what that says about the next ones. */
export class BatchTimes {
  #startedMs = 0;
  #decidedMs = 0;
  #entries = 0;
  /** Average time until a batch is decided, nearly all of it for the locks and the rows. */
  #lockingMs = 0;
  /** Average time from there until it is durable. */
  #storingMs = 0;

  start(): void {
    this.#startedMs = performance.now();
  }

  /** To be called when the batch that was started is about to be stored, with how many things are to be. */
  decided(entries: number): void {
    this.#decidedMs = performance.now();
    this.#entries = entries;
  }

  /** To be called when it is durable. */
  stored(): void {
    this.#lockingMs += newest * (this.#decidedMs - this.#startedMs - this.#lockingMs);
    this.#storingMs += newest * (performance.now() - this.#decidedMs - this.#storingMs);
  }

  /** Average time of a batch. */
  get batchMs(): number {
    return this.#lockingMs + this.#storingMs;
  }

  /** How long ago the last batch was started. */
  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /**
   * How long to leave the rows to the desks of other instances before the next batch. A desk that has the rows for itself gets them in a
   * quarter to two thirds of the time that storing takes (measured, see docs/performance.md). Where it waits longer, others want them too: it
   * pauses for about as long as one of them needs. More buyers then share its next batch, instead of a small one waiting for the same rows.
   * Whole milliseconds, because less is not worth a timer. None after a batch in which all were refused: COMMIT alone takes less than any locks.
   */
  get pauseMs(): number {
    return this.#entries > 0 && this.#lockingMs > this.#storingMs ? Math.floor(this.#storingMs) : 0;
  }
}
