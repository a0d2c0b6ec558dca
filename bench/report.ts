import { styleText } from 'node:util';
import type { AuditReport } from '../server/src/application/ports.ts';
import type { AloneRow } from './alone.ts';
import type { Row } from './measure.ts';

/** What `describeMachine` tells, a line for each. */
export function machineText(machine: Record<string, string>): string {
  return Object.entries(machine).map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n');
}

/** Whether the books are right, with the names of the checks that say otherwise. */
export function auditText({ clean, checks }: AuditReport): string {
  return clean ? 'audit: clean' : `audit: NOT CLEAN (${checks.filter(({ wrong }) => wrong > 0).map(({ name }) => name).join(', ')})`;
}

/** The figures as one table; a ratio is green where it reaches what it must. */
export function tableOf(rows: Row[]): string {
  const head = `${'scenario'.padEnd(44)} conns     req/s   p50 ms   p99 ms  server µs  postgres µs  ratio to floor     must   aim`;
  const lines = rows.map((row) => {
    const numbers = [
      String(row.connections).padStart(5), row.perSecond.toFixed(0).padStart(9), row.p50Ms.toFixed(1).padStart(8), row.p99Ms.toFixed(1).padStart(8),
      row.serverCpuUs.toFixed(0).padStart(10), row.postgresCpuUs.toFixed(0).padStart(12),
    ].join(' ');
    const unexpected = row.unexpected > 0 ? `  ${row.unexpected} unexpected answers` : '';
    if (row.floor === row.scenario) return `${row.scenario.padEnd(44)} ${numbers}${unexpected}`;
    const ratio = `${row.ratio.toFixed(2)} (${row.ratioMin.toFixed(2)}-${row.ratioMax.toFixed(2)})`.padStart(17);
    return `${row.scenario.padEnd(44)} ${numbers} ${styleText(row.ratio >= row.mustReach ? 'green' : 'red', ratio)}   ${row.mustReach.toFixed(2)}  ${row.aim.toFixed(2)}${unexpected}`;
  });
  return [head, ...lines].join('\n');
}

export function aloneTableOf(rows: AloneRow[]): string {
  const head = `${'one buyer, nobody else'.padEnd(44)} p50 ms   p99 ms   one transaction by hand: p50 ms   p99 ms`;
  const lines = rows.map(({ what, p50Ms, p99Ms, floorP50Ms, floorP99Ms }) =>
    `${what.padEnd(44)} ${p50Ms.toFixed(2).padStart(6)} ${p99Ms.toFixed(2).padStart(8)} ${floorP50Ms.toFixed(2).padStart(32)} ${floorP99Ms.toFixed(2).padStart(8)}`,
  );
  return [head, ...lines].join('\n');
}

const width = 860;
const left = 300;
const rowHeight = 26;
const scale = (width - left - 170) / 1.2;

/** The ratios as horizontal bars, with a mark at what each must reach and at what it aims for. */
export function chartOf(rows: Row[], machine: Record<string, string>): string {
  const measured = rows.filter(({ floor, scenario }) => floor !== scenario);
  const height = measured.length * rowHeight + 84;
  const bars = measured.map((row, index) => {
    const y = 48 + index * rowHeight;
    const mark = (at: number, colour: string) => `<line x1="${left + at * scale}" x2="${left + at * scale}" y1="${y - 2}" y2="${y + 18}" stroke="${colour}" stroke-width="2"/>`;
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escape(row.scenario)}, ${row.connections} conn.</text>`,
      `<rect x="${left}" y="${y}" width="${(Math.min(row.ratio, 1.2) * scale).toFixed(1)}" height="16" fill="${row.ratio >= row.mustReach ? '#2f7d5b' : '#b5533c'}"/>`,
      mark(row.mustReach, '#111'), mark(row.aim, '#999'),
      `<text x="${width - 4}" y="${y + 13}" text-anchor="end">${row.ratio.toFixed(2)} · ${row.perSecond.toFixed(0)}/s · p99 ${row.p99Ms.toFixed(0)} ms</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="18" font-size="14" font-weight="bold">Throughput as a part of the floor measured in the same run</text>
<text x="8" y="36" fill="#555">Black mark: must reach. Grey mark: aim.</text>
${bars.join('\n')}
<text x="8" y="${height - 12}" fill="#555">${escape(Object.values(machine).join(' · '))}</text>
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
