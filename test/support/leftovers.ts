// Vitest's setupFiles: no process that a test file started outlives it, whether its tests and hooks passed or not.
import { aroundAll } from 'vitest';
import { killLeftovers } from './service.ts';

// Not afterAll: hooks that come after one that fails do not run.
aroundAll(async (runTests) => {
  try {
    await runTests();
  } finally {
    killLeftovers();
  }
});

process.once('exit', killLeftovers);
process.prependOnceListener('disconnect', endWorker); // the run was killed
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, endWorker);

function endWorker(): void {
  killLeftovers();
  process.kill(process.pid, 'SIGKILL'); // process.exit() belongs to Vitest here
}
