import { styleText } from 'node:util';
import type { RoundResult, Scenario } from './round.ts';

/** Differences shown of one round; `--json` has all. */
const listedMax = 20;

const green = (text: string) => styleText('green', text);
const yellow = (text: string) => styleText('yellow', text);
const red = (text: string) => styleText('red', text);
const count = (value: number) => value.toLocaleString('en');

export function scenarioHeading({ name, protects }: Scenario): string {
  return `\n${styleText('bold', name)}  ${protects}`;
}

/** One round: its figures, and below them what is not as it was answered. */
export function roundText(result: RoundResult): string {
  if (result.skipped !== undefined && result.differences.length === 0) return `  ${yellow('SKIPPED')}  ${result.skipped}`;
  const { seed, requests, answers, retries, worstAnswerMs, worstSettledMs, auditClean, differences, notes, tookMs } = result;
  const figures = [
    `${count(requests)} requests: ${answersText(answers)}`,
    `${count(retries)} retries`,
    `worst answer ${count(worstAnswerMs)} ms, settled ${count(Math.round(worstSettledMs))} ms`,
    `audit ${auditClean ? 'clean' : red('NOT CLEAN')}`,
    differences.length === 0 ? green('record and database agree') : red(`${count(differences.length)} differences`),
  ];
  const lines = [`  seed ${seed}  ${(tookMs / 1000).toFixed(1)} s  ${figures.join(' · ')}`, ...notes.map((note) => `    ${note}`)];
  for (const { what, detail, keys } of differences.slice(0, listedMax)) {
    lines.push(`    ${red(what)}: ${detail}${keys.length > 0 ? ` (key ${keys.join('; ')})` : ''}`);
  }
  if (differences.length > listedMax) lines.push(`    and ${count(differences.length - listedMax)} more`);
  if (differences.length > 0) lines.push(`    again: npm run prove -- --only ${result.scenario} --rounds 1 --seed ${seed}`);
  return lines.join('\n');
}

/** The table at the end, one line for each scenario. */
export function summaryText(results: RoundResult[]): string {
  const heading = `${'scenario'.padEnd(20)} rounds   requests    retries  worst answer  unanswered      503  audit      verdict`;
  const lines = [...Map.groupBy(results, ({ scenario }) => scenario)].map(([name, rounds]) => {
    const sum = (value: (result: RoundResult) => number) => count(rounds.reduce((total, round) => total + value(round), 0));
    const wrong = rounds.filter(({ differences }) => differences.length > 0).length;
    return [
      name.padEnd(20), String(rounds.length).padStart(6), sum(({ requests }) => requests).padStart(10), sum(({ retries }) => retries).padStart(10),
      `${count(Math.max(...rounds.map(({ worstAnswerMs }) => worstAnswerMs)))} ms`.padStart(13), sum(({ answers }) => answers['unanswered'] ?? 0).padStart(11),
      sum(({ answers }) => answers['503'] ?? 0).padStart(8), '', (rounds.every(({ auditClean }) => auditClean) ? 'clean' : 'NOT CLEAN').padEnd(10),
      wrong > 0 ? red(`broken in ${wrong} of ${rounds.length}`) : rounds.some(({ skipped }) => skipped) ? yellow('SKIPPED') : green('holds'),
    ].join(' ');
  });
  return ['', heading, ...lines].join('\n');
}

function answersText(answers: Record<string, number>): string {
  return Object.entries(answers)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([status, times]) => `${status} ${count(times)}`)
    .join(', ');
}
