// A real Grafana in a real browser: make up MODE=docker, then npm run test:grafana. Screenshots are kept in .local/grafana/.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/grafana/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    fileParallelism: false, // they share one stack
    reporters: ['verbose'],
  },
});
