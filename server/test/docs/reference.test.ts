import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Detector, readPlantedBugs } from '../../../planted-bugs/planted-bug.ts';
import { scenarios } from '../../../prove/scenarios/all.ts';
import { expectationOf, settings } from '../../src/config.ts';
import { deliveryTransitions, orderTransitions } from '../../src/domain/order-lifecycle.ts';
import { auditChecks } from '../../src/infrastructure/postgres/audit/audit.ts';
import { problemTexts } from '../../src/interfaces/http/problems.ts';
import { type TestShop, openShop } from '../shop.ts';
import { expectFile, expectPart, table } from './generated.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

test('docs/configuration.md lists every setting', async () => {
  const rows = Object.entries(settings).map(([name, { schema, default: fallback, about }]) => [
    `\`${name}\``,
    fallback === undefined ? '' : `\`${fallback}\``,
    expectationOf(schema)
      .replace(/^must (be )?/, '')
      .replaceAll(/\d{5,}/g, (digits) => Number(digits).toLocaleString('en-US')),
    about,
  ]);
  await expectPart('docs/configuration.md', 'settings', table(['setting', 'default', 'must (be)', 'about'], rows));
});

test('.env.example has every setting with its default', async () => {
  const head = `# Every setting with its default; docs/configuration.md says more. Docker Compose reads a copy of this file named .env.
# Without containers: set -a; . ./.env; set +a; npm start
`;
  const entries = Object.entries(settings).map(([name, { default: fallback = '', about }]) => `\n# ${about}\n#${name}=${fallback}\n`);
  await expectFile('.env.example', head + entries.join(''));
});

test('docs/errors.md lists every code with its status and its texts', async () => {
  const rows = Object.entries(problemTexts).map(([code, { status, en, ko }]) => [status, `\`${code}\``, en, ko]);
  await expectPart('docs/errors.md', 'codes', table(['status', 'code', 'English', 'Korean'], rows));
});

test('docs/domain.md draws where an order and its delivery can go', async () => {
  await expectPart('docs/domain.md', 'order-status', drawStates(['PENDING', 'SUCCESS', 'FAILED'], orderTransitions));
  await expectPart('docs/domain.md', 'delivery-status', drawStates(['PREPARING'], deliveryTransitions));
});

function drawStates(first: string[], transitions: Record<string, readonly string[]>): string {
  const arrows = Object.entries(transitions).flatMap(([from, to]) => (to.length === 0 ? ['[*]'] : to).map((next) => `${from} --> ${next}`));
  return ['```mermaid', 'stateDiagram-v2', ...first.map((state) => `  [*] --> ${state}`), ...arrows.map((arrow) => `  ${arrow}`), '```'].join('\n');
}

test('docs/operating.md lists every check of the audit', async () => {
  await expectPart('docs/operating.md', 'checks', table(['check', 'what holds'], auditChecks.map(({ name, holds }) => [`\`${name}\``, holds])));
});

test('docs/proving.md lists every scenario', async () => {
  await expectPart('docs/proving.md', 'scenarios', table(['scenario', 'what it protects'], scenarios.map(({ name, protects }) => [`\`${name}\``, protects])));
});

test('docs/development.md lists every planted bug', async () => {
  const bugs = await readPlantedBugs();
  const rows = bugs.map(({ name, patch, bug, danger, caughtBy }) => [`[${name}](../${patch})`, bug, danger, caughtBy.map(detectorLink).join('; or ')]);
  await expectPart('docs/development.md', 'planted-bugs', table(['planted bug', 'what is wrong', 'what happens by it', 'caught by'], rows));
});

function detectorLink(detector: Detector): string {
  if ('scenario' in detector) return `\`prove\`, ${detector.scenario}`;
  return `[${basename(detector.file)}](../${detector.file}) "${detector.test}"`;
}

interface Operation {
  summary: string;
  security?: object[];
}

test('docs/api.md lists every route', async () => {
  const paths = shop.app.swagger().paths as Record<string, Record<string, Operation>>;
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, security }]) => {
      const access = security?.length === 0 ? 'anyone' : path.startsWith('/admin/') ? 'operator' : 'account';
      return [`\`${method.toUpperCase()} ${path}\``, access, summary];
    }),
  );
  expect(rows.length).toBeGreaterThan(0);
  await expectPart('docs/api.md', 'routes', table(['route', 'who', 'what'], rows));
});
