import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['server/test/**/*.test.ts', 'prove/**/*.test.ts', 'planted-bugs/**/*.test.ts'],
    globalSetup: ['server/test/embedded-database.ts'],
    // Two workers fill the two cores of a small machine; races start their own processes on top.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
