// At the end of the process, whatever ends it, what is still queued is sent while the main thread waits.
// The service does nothing more then, as without telemetry; exit code and what Node.js prints of an uncaught error stay its own.
import { Worker } from 'node:worker_threads';
import type { ExitBatch } from './exit-sender.ts';

/** A machine that is busy takes longer to start a thread. The receiver has no part in it. */
const startTimeoutMs = 3_000;

/**
 * Sends batches from a thread of its own, and waits for it.
 *
 * @param timeoutMs the longest to wait for the receivers
 * @returns how many of the batches the receivers accepted
 */
export function sendBeforeExit(batches: ExitBatch[], timeoutMs: number): boolean[] {
  const state = new Int32Array(new SharedArrayBuffer(4 * (batches.length + 1)));
  const file = new URL(`./exit-sender${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  try {
    const worker = new Worker(file, { workerData: { batches, state }, execArgv: [], env: {}, stdout: true, stderr: true });
    worker.unref();
    if (Atomics.wait(state, 0, 0, startTimeoutMs) !== 'timed-out') Atomics.wait(state, 0, 1, timeoutMs);
  } catch {
    // no thread to be had: what is queued is counted as undelivered
  }
  return batches.map((_, index) => Atomics.load(state, index + 1) === 1);
}
