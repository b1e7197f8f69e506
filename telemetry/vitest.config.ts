// npm test: the tests in memory, with few processes. test/processes/ runs applications; npm test in the root runs both.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    globalSetup: ['../test/support/postgres.ts'],
    setupFiles: ['../test/support/leftovers.ts'],
    testTimeout: 120_000, // on a machine that is four times slower, too
    hookTimeout: 240_000,
    maxWorkers: 4, // some wait for processes that start
  },
});
