// The commands of README.md, word for word, the front page in a browser, a backend that is killed, and `fastify-otlp dev`: npm run test:e2e
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts', 'telemetry/test/processes/dev.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    globalSetup: ['test/support/postgres.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    testTimeout: 240_000, // on a machine that is four times slower, too
    hookTimeout: 240_000,
    maxWorkers: 3, // the tests mostly wait for processes that start
    reporters: ['verbose'],
  },
});
