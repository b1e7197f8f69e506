// Vitest setup file: kills all processes started by a test file, even if its tests or hooks fail.
import { aroundAll } from 'vitest';
import { killLeftovers } from './service.ts';

// Not afterAll: hooks after a failed hook do not run.
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
