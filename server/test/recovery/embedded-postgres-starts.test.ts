import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { answerOf, clusterOf, embeddedFixtures, kill, killPostmaster, query } from './embedded-fixtures.ts';

const RIVALS = 4;
const { home, start, spawnOwner, abandon } = embeddedFixtures();

test('an initdb killed half-way leaves nothing that spoils the next start', async () => {
  const dataDir = path.join(home(), 'interrupted');
  const owner = spawnOwner(dataDir);
  // Killed as soon as initdb has written its first files.
  const begun = async (): Promise<boolean> => {
    const draft = (await readdir(dataDir).catch(() => [])).find((name) => name.startsWith('postgres-new-'));
    return draft !== undefined && (await stat(path.join(dataDir, draft, 'cluster', 'PG_VERSION')).then(() => true, () => false));
  };
  while (!(await begun())) {
    await sleep(5);
  }
  await kill(owner, 'SIGKILL', true);
  expect(await readdir(dataDir)).not.toContain('postgres');
  const server = await start(dataDir);
  expect(await query(server.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.stop();
  await start(dataDir);
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
});

test('simultaneous starts on a fresh folder end at one and the same server', async () => {
  const dataDir = path.join(home(), 'simultaneous');
  const owners = await Promise.all(Array.from({ length: RIVALS }, () => answerOf(spawnOwner(dataDir))));
  const server = await start(dataDir);
  expect(owners.map(({ connectionString }) => connectionString)).toEqual(Array.from({ length: RIVALS }, () => server.connectionString));
  expect(owners.filter(({ startedHere }) => startedHere)).toHaveLength(1);
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres-password', 'postgres.log']);
});

test('simultaneous starts after a crash end at one and the same server', async () => {
  const dataDir = path.join(home(), 'simultaneous');
  await start(dataDir);
  abandon();
  await killPostmaster(clusterOf(dataDir));
  const owners = await Promise.all(Array.from({ length: RIVALS }, () => answerOf(spawnOwner(dataDir))));
  const server = await start(dataDir);
  expect(owners.map(({ connectionString }) => connectionString)).toEqual(Array.from({ length: RIVALS }, () => server.connectionString));
});
