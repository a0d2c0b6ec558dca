import { Refusal } from '../domain/refusal.ts';

export interface LoginFailureLimits {
  /** Failures for one email, whether it has an account or not. */
  accountMax: number;
  /** Failures from one address, for whatever emails. */
  addressMax: number;
  /** How long after the first of them they count. */
  windowSeconds: number;
}

interface Failures {
  count: number;
  endsAt: number;
}

/**
 * Counts failed logins, so that passwords cannot be tried without end. Emails without an account are counted like the others: the limit
 * tells nothing. A window ends a fixed time after its first failure, whatever is tried meanwhile, so whoever wants to keep an owner out
 * must begin anew each time. Kept in memory, by each instance for itself: each entry has cost a password hash, which bounds how many there are.
 */
export class LoginFailures {
  // In the order in which windows end, because all are equally long.
  readonly #byAccount = new Map<string, Failures>();
  readonly #byAddress = new Map<string, Failures>();
  readonly limits: LoginFailureLimits;
  readonly now: () => number;

  /** `now` is a clock that never goes back, in milliseconds. */
  constructor(limits: LoginFailureLimits, now: () => number) {
    this.limits = limits;
    this.now = now;
  }

  /** Refuses RATE_LIMITED, with the seconds to wait, where the email or the address has failed too often. */
  refuseTooMany(email: string, address: string): void {
    const { accountMax, addressMax } = this.limits;
    const waitMs = Math.max(this.#waitMs(this.#byAccount, email, accountMax), this.#waitMs(this.#byAddress, address, addressMax));
    if (waitMs > 0) throw new Refusal('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }

  /** A password is about to be tried: refuses like `refuseTooMany`, or counts it as failed until it turns out to be right. */
  begin(email: string, address: string): void {
    this.refuseTooMany(email, address);
    this.#count(this.#byAccount, email);
    this.#count(this.#byAddress, address);
  }

  /** The password was right: earlier failures for the email were slips. Those of the address stay, or an attacker could clear them. */
  succeed(email: string, address: string): void {
    this.#byAccount.delete(email);
    const ofAddress = this.#byAddress.get(address);
    if (ofAddress) ofAddress.count -= 1;
  }

  #waitMs(failures: Map<string, Failures>, key: string, max: number): number {
    const found = failures.get(key);
    return found && found.count >= max ? found.endsAt - this.now() : 0;
  }

  #count(failures: Map<string, Failures>, key: string): void {
    const now = this.now();
    for (const [ended, { endsAt }] of failures) {
      if (endsAt > now) break;
      failures.delete(ended);
    }
    const found = failures.get(key);
    if (found) found.count += 1;
    else failures.set(key, { count: 1, endsAt: now + this.limits.windowSeconds * 1000 });
  }
}
