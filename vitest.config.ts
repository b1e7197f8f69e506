import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'telemetry/test/**/*.test.ts'],
    // npm run test:docker, test:e2e, test:grafana, test:kubernetes, test:lessons
    exclude: [
      'test/docker/**',
      'test/e2e/**',
      'test/grafana/**',
      'test/kubernetes/cluster/**',
      'test/lessons/**',
      'telemetry/test/processes/dev.test.ts',
    ],
    globalSetup: ['test/support/postgres.ts'],
    setupFiles: ['test/support/leftovers.ts'],
    testTimeout: 120_000, // on a machine that is four times slower, too
    hookTimeout: 240_000,
    maxWorkers: 4, // the tests mostly wait for processes that start
    reporters: ['verbose'],
  },
});
