// The faults, the lessons, the doctor and the overlays of the Collector: npm run test:lessons
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/lessons/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    globalSetup: ['test/support/postgres.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    testTimeout: 240_000, // on a machine that is four times slower, too
    hookTimeout: 240_000,
    maxWorkers: 3, // the tests mostly wait for processes that start
    reporters: ['verbose'],
  },
});
