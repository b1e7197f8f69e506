// What the metrics have to send at the end of the process, for the mechanism that sends spans and log records then.
import type { ExitBatch } from './exit-sender.ts';

let collect: (() => ExitBatch[]) | undefined;

/** @param fn collects synchronously; must not throw */
export function setLastMetrics(fn: () => ExitBatch[]): void {
  collect = fn;
}

/** What was recorded since the last export. Empty unless metrics are exported over OTLP. */
export function lastMetrics(): ExitBatch[] {
  return collect?.() ?? [];
}
