// Delivers the last spans, log records and metrics however the process ends: by itself, by process.exit(), by an uncaught error or by a
// signal. It does not change how the process ends: it adds no listener for signals or errors, and does not affect how Fastify closes.
import { diag } from '@opentelemetry/api';
import { deliveries, setOnFirstItem } from './delivery.ts';
import { createExitBatch } from './exit-batch.ts';
import { sendBeforeExit } from './exit-flush.ts';
import type { ExitBatch } from './exit-sender.ts';
import { copySignature, hide } from './hide.ts';
import { setting } from './settings.ts';
import { noteEvent, watchSignals } from './signals.ts';

/** Maximum time that a process which ends by itself, or by an error, waits for the receiver. */
const exitTimeoutMs = 1_000;

/** Maximum wait after a signal, unless OTEL_BSP_EXPORT_TIMEOUT is set. */
const defaultSignalTimeoutMs = 5_000;

let lastMetrics = (): ExitBatch[] => [];

/** @param collect returns the metrics recorded since the last export; must be synchronous and must not throw */
export function setLastMetrics(collect: () => ExitBatch[]): void {
  lastMetrics = collect;
}

/** Call this once, after the queues are created. */
export function deliverBeforeExit(): void {
  const signalTimeoutMs = Number(setting('OTEL_BSP_EXPORT_TIMEOUT') ?? defaultSignalTimeoutMs);
  let timeoutMs = exitTimeoutMs;
  observeEvents(noteEvent, () => deliver(timeoutMs));
  const watch = watchSignals(
    () => {
      timeoutMs = signalTimeoutMs;
      for (const { queue } of deliveries) queue.pause();
    },
    () => deliver(signalTimeoutMs),
  );
  setOnFirstItem(watch);
}

/**
 * Overrides `process.emit` instead of adding an `exit` listener: applications can count and remove listeners, and ours would run before
 * theirs, which may still log.
 *
 * @param onExit called after the `exit` listeners
 */
function observeEvents(onEvent: (name: unknown) => void, onExit: () => void): void {
  const original = process.emit as (...args: unknown[]) => boolean;
  let hasExited = false;
  const end = () => {
    hasExited = true;
    onExit();
  };
  const replacement = function (this: unknown, ...args: unknown[]): boolean {
    onEvent(args[0]);
    let hasReturned = false;
    try {
      const result = Reflect.apply(original, this, args);
      hasReturned = true;
      return result;
    } finally {
      if (args[0] === 'exit') end();
      else if (args[0] === 'uncaughtException' && !hasReturned) onExit(); // if a listener throws, the process ends without `exit`
    }
  };
  hide(process, 'emit', copySignature(original, replacement));
  observeReallyExit(() => {
    if (!hasExited) end();
  });
}

/** Wraps the last step of process.exit(). If an `exit` listener calls process.exit(), the process ends without calling other listeners. */
function observeReallyExit(beforeExit: () => void): void {
  const own = Object.getOwnPropertyDescriptor(process, 'reallyExit');
  if (typeof own?.value !== 'function' || !own.configurable) return;
  const replacement = function (this: unknown, ...args: unknown[]): unknown {
    beforeExit();
    return Reflect.apply(own.value, this, args);
  };
  Object.defineProperty(process, 'reallyExit', { ...own, value: copySignature(own.value, replacement) });
}

function deliver(timeoutMs: number): void {
  diag.disable(); // otherwise the SDK warns if resource detectors are still pending
  const pending = deliveries
    .filter(({ queue }) => queue.isResponding)
    .flatMap(({ signal, queue }) => queue.pendingBatches().map((items) => ({ signal, queue, items })));
  const batches = [...pending.map(({ signal, items }) => createExitBatch(signal, items)), ...lastMetrics()];
  if (batches.length > 0) {
    const accepted = sendBeforeExit(batches, timeoutMs);
    for (const [index, { queue, items }] of pending.entries()) if (accepted[index]) queue.markDelivered(items);
  }
  for (const { queue } of deliveries) queue.reportUndelivered();
}
