import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../application/ports.ts';
import { Refusal } from '../domain/refusal.ts';

/** Parameters of RFC 9106 scaled to OWASP's minimum for argon2id: 19 MiB, two passes, one lane. */
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Stands in place of a hash where nobody can log in with a password. */
export const noPassword = '!';

/**
 * Argon2id on libuv's worker threads. At most `concurrencyMax` run at once, so that a rush of logins leaves the processors to
 * sales; the others wait their turn, and beyond `waitingMax` of them the next is refused with OVERLOADED.
 */
export function argon2Passwords(concurrencyMax: number, waitingMax = Number.POSITIVE_INFINITY): PasswordHasher {
  let running = 0;
  const waiting: (() => void)[] = [];
  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting.length >= waitingMax) throw new Refusal('OVERLOADED');
    if (running >= concurrencyMax) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  // A hash to work against where there is none, so that an unknown address takes as long as a wrong password.
  const decoy = inTurn(() => hash('no account has this password', options));
  return {
    hash: (password) => inTurn(() => hash(password, options)),
    async verify(password, passwordHash, onTurn) {
      const real = passwordHash !== undefined && passwordHash !== noPassword;
      const matches = await inTurn(async () => {
        onTurn();
        return verify(real ? passwordHash : await decoy, password);
      });
      return matches && real;
    },
  };
}
