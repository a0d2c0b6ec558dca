import { type DeskStore, type IdempotencyGuard, type LockedNeed, type Needs, type RecordedAnswer, StoreLocked } from '../../src/application/ports.ts';
import type { Books } from '../../src/domain/books.ts';
import type { Variant } from '../../src/domain/product.ts';
import type { Wallet } from '../../src/domain/wallet.ts';
import { openBooks } from './open-books.ts';

/** A desk's store in memory: a transaction works on copies, which replace the rows only when it commits. */
export class MemoryStore implements DeskStore {
  wallets: Wallet[];
  variants: Variant[];
  answers: RecordedAnswer[] = [];
  /** The needs of each transaction that was begun. */
  transactions: Needs[] = [];
  /** Thrown at the end of the transactions to come, one each; undefined lets one commit. */
  failures: (Error | undefined)[] = [];
  /** What others hold locked. */
  locked: LockedNeed[] = [];
  /** Keeps what is decided from being stored. */
  holdStoring = false;
  /** How long it takes until a transaction has its rows, and from its decisions to its end. */
  lockingMs = 0;
  storingMs = 0;
  /** How often it was asked what is locked. */
  looks = 0;
  #pause: Promise<void> = Promise.resolve();

  constructor(rows: { wallets?: Wallet[]; variants?: Variant[] }) {
    this.wallets = rows.wallets ?? [];
    this.variants = rows.variants ?? [];
  }

  /** Holds up every transaction until the function that it gives is called. */
  pause(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pause = promise;
    return resolve;
  }

  async transact(
    needs: Needs,
    guards: IdempotencyGuard[],
    decide: (books: Books, recorded: RecordedAnswer[]) => RecordedAnswer[],
  ): Promise<void> {
    this.transactions.push(needs);
    await this.#pause;
    await after(this.lockingMs);
    if (this.#lockedOf(needs).length > 0) throw new StoreLocked();
    const wallets = structuredClone(this.wallets);
    const variants = structuredClone(this.variants);
    const recorded = this.answers.filter(({ callerId, key }) => guards.some((guard) => guard.callerId === callerId && guard.key === key));
    const fresh = decide(openBooks({ wallets, variants }), recorded);
    if (this.holdStoring) await new Promise(() => {});
    await after(this.storingMs);
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.wallets = wallets;
    this.variants = variants;
    this.answers.push(...fresh);
  }

  async findLocked(needs: Needs): Promise<LockedNeed[]> {
    this.looks += 1;
    return this.#lockedOf(needs);
  }

  #lockedOf(needs: Needs): LockedNeed[] {
    return this.locked.filter(({ kind, id }) => needs[kind].includes(id));
  }

  balance(userId: string): number | undefined {
    return this.wallets.find((wallet) => wallet.userId === userId)?.balance;
  }
}

async function after(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
