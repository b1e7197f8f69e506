// Against the stack that runs in containers: make up MODE=docker, then npm run test:docker; or npm run test:lessons:docker, which is slow.
import { defineConfig } from 'vitest/config';

const slow = ['test/docker/doctor.test.ts', 'test/docker/lessons.test.ts'];

export default defineConfig({
  test: {
    include: process.env.SLOW ? slow : ['test/docker/**/*.test.ts'],
    exclude: process.env.SLOW ? [] : slow,
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 60_000,
    fileParallelism: false, // they share one stack
    reporters: ['verbose'],
  },
});
