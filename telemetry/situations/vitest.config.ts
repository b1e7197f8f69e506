import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['telemetry/situations/situations.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 200_000, // three processes, each with a deadline of its own
    maxConcurrency: 4, // each of them runs one process at a time, and half of the time that waits
    reporters: ['verbose'],
  },
});
