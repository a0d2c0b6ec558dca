import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../src/infrastructure/postgres/embedded/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One PostgreSQL for the whole run; each suite makes a database of its own on it. TEST_DATABASE_URL names another server to use. */
export default async function embeddedDatabase(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startTestDatabase();
  project.provide('postgresUrl', url);
  return stop;
}

/** Gives the address of a server for tests, and how to end it. */
export async function startTestDatabase(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return { url: given, stop: async () => {} };
  const dataDir = await mkdtemp(join(tmpdir(), 'openrun test '));
  // Nothing here outlives the run, so it need not survive a power cut. Suites about recovery start their own, with all defaults.
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off', max_connections: '300' } });
  return {
    url: postgres.connectionString,
    stop: async () => {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
