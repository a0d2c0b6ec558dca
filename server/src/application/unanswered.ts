/**
 * From how many on requests are a burst: to write that many answers takes longer than to lock the next batch's rows. Measured, see
 * docs/performance.md.
 */
export const burst = 32;

/**
 * Least time until a burst is answered by the clock. A timer counts whole milliseconds from the beginning of the turn that it is set in, so
 * one of 1 or 2 ms can fire at once, and the server would be writing answers when the next batch's rows come.
 */
const latestMinMs = 5;

/** The answers to the desk's last batch, which is durable: they are given beside the next one, so that the database need not wait for them. */
export class Unanswered {
  #answers: (() => void)[] = [];
  #latest: NodeJS.Timeout | undefined;

  get count(): number {
    return this.#answers.length;
  }

  /** Answers who has not been answered yet, and keeps the answers to the next ones. */
  keep(answers: (() => void)[]): void {
    this.answer();
    this.#answers = answers;
  }

  answer(): void {
    clearTimeout(this.#latest);
    giveOnce(this.#answers);
  }

  /** In this turn of the event loop, after what it has begun: a later turn may be held up by a flood of requests. */
  answerInTurn(): void {
    const answers = this.#answers;
    process.nextTick(() => giveOnce(answers));
  }

  /**
   * To be called when the next batch has begun. A few are answered in the same turn. A burst waits until the next batch is decided, when
   * `answerInTurn` is called, since the database takes longer to store than to lock; but should others hold a row, no longer than
   * `latestMs`, or 5 ms where that is less.
   */
  answerBeside(latestMs: number): void {
    if (this.count >= burst) this.#latest = setTimeout(() => this.answer(), Math.max(latestMs, latestMinMs));
    else this.answerInTurn();
  }
}

function giveOnce(answers: (() => void)[]): void {
  for (const answer of answers.splice(0)) answer();
}
