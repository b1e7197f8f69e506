// Sends the remaining items at the end of the process, while the main thread is blocked. No application code runs during this time.
// The exit code and the output of Node.js for an uncaught error are not affected.
import { Worker } from 'node:worker_threads';
import type { ExitBatch } from './exit-sender.ts';

/** Maximum time to start the thread, which takes longer on a busy machine. It does not count towards the wait for receivers. */
const startTimeoutMs = 3_000;

/**
 * Sends batches from a separate thread and waits for it.
 *
 * @param timeoutMs maximum time to wait for the receivers
 * @returns for each batch, whether its receiver accepted it
 */
export function sendBeforeExit(batches: ExitBatch[], timeoutMs: number): boolean[] {
  const state = new Int32Array(new SharedArrayBuffer(4 * (batches.length + 1)));
  const file = new URL(`./exit-sender${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  try {
    const worker = new Worker(file, {
      workerData: { batches, state, timeoutMs },
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
    });
    worker.on('error', () => {}); // else it would end a process that survives its signal
    worker.unref();
    if (Atomics.wait(state, 0, 0, startTimeoutMs) !== 'timed-out') Atomics.wait(state, 0, 1, timeoutMs);
    void worker.terminate();
  } catch {
    // the thread cannot be started: the batches are reported as undelivered
  }
  return batches.map((_, index) => Atomics.load(state, index + 1) === 1);
}
