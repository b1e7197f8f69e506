// Against the stack that runs in containers: make up MODE=docker, then npm run test:docker
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/docker/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 60_000,
    fileParallelism: false, // they share one stack
    reporters: ['verbose'],
  },
});
