import { styleText } from 'node:util';
import type { AuditReport, CheckResult } from '../../application/ports.ts';

/** The table of an audit: a line for each check as it ends, its differences below it. */
export function auditLine({ name, checked, wrong, differences, tookMs }: CheckResult): string {
  const verdict = wrong === 0 ? styleText('green', 'ok') : styleText('red', `${wrong} wrong`);
  const head = `${name.padEnd(22)} ${String(checked).padStart(12)} ${`${tookMs} ms`.padStart(11)}  ${verdict}`;
  const list = differences.map(({ id, difference }) => `    ${id}: ${difference}`);
  if (wrong > differences.length) list.push(`    and ${wrong - differences.length} more`);
  return [head, ...list].join('\n');
}

export const auditHeading = `${'check'.padEnd(22)} ${'checked'.padStart(12)} ${'took'.padStart(11)}`;

export function auditVerdict({ clean, checks }: AuditReport): string {
  const wrong = checks.filter((check) => check.wrong > 0);
  return clean ? `Clean: ${checks.length} checks hold.` : `Not clean: ${wrong.map(({ name }) => name).join(', ')}.`;
}

/** On a terminal: a line that says which check is running and for how long, and goes away when it has ended. Elsewhere nothing. */
export function auditProgress(terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>): { begin(name: string, nth: number, total: number): void; end(): void } {
  let ticking: NodeJS.Timeout | undefined;
  const clear = () => terminal.write('\r\u001b[K');
  return {
    begin(name, nth, total) {
      if (!terminal.isTTY) return;
      const startedMs = performance.now();
      const show = () => terminal.write(`\r\u001b[Kcheck ${nth} of ${total}: ${name}, ${Math.round((performance.now() - startedMs) / 1000)} s`);
      show();
      ticking = setInterval(show, 1_000);
    },
    end() {
      if (!ticking) return;
      clearInterval(ticking);
      ticking = undefined;
      clear();
    },
  };
}
