/** Loaded before a server (`--import`): its clock is wrong by CLOCK_SHIFT_MS. Durations stay right, as on a machine whose clock is off. */
const shiftMs = Number(process.env['CLOCK_SHIFT_MS']);
const TrueDate = Date;

globalThis.Date = class extends TrueDate {
  constructor(...given: []) {
    if (given.length > 0) super(...given);
    else super(TrueDate.now() + shiftMs);
  }
  static override now(): number {
    return TrueDate.now() + shiftMs;
  }
} as DateConstructor;
Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + shiftMs });
