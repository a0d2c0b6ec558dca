import type { FastifyBaseLogger } from 'fastify';

export interface Repeated {
  /** Asks for a run now, or right after the one under way. */
  wake(): void;
  /** Ends the repetition and waits for a run under way. */
  stop(): Promise<void>;
}

export interface Repetition {
  name: string;
  /** One run; it gives true where it left something to do, which is then done without a pause. It is logged and tried again later when it fails. */
  run: () => Promise<unknown>;
  /** Longest time between two runs. */
  everyMs: number;
  /** Shortest time between two runs, however often it is woken. */
  restMs?: number;
}

/** Repeats a background job, never twice at once. Several instances may do so: the jobs divide their work by row locks. */
export function repeat({ name, run, everyMs, restMs = 0 }: Repetition, log: Pick<FastifyBaseLogger, 'error'>): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  let woken = false;
  let restUntil = 0;

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(start, delayMs);
  }
  function start(): void {
    running = once();
  }
  async function once(): Promise<void> {
    timer = undefined;
    woken = false;
    try {
      if ((await run()) === true) woken = true;
    } catch (error) {
      if (!stopped) log.error({ err: error }, `${name} failed`);
    }
    running = undefined;
    restUntil = performance.now() + restMs;
    schedule(woken ? restMs : everyMs);
  }

  schedule(0);
  return {
    wake() {
      if (woken) return;
      woken = true;
      if (!running) schedule(Math.max(0, restUntil - performance.now()));
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
