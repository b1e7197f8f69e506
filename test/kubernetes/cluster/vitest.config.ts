// Against the stack that runs in a cluster: npm run test:kubernetes
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/kubernetes/**/*.test.ts'],
    root: new URL('../../..', import.meta.url).pathname,
    testTimeout: 180_000,
    fileParallelism: false, // they share one stack
    reporters: ['verbose'],
  },
});
