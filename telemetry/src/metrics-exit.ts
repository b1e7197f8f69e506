// The metrics to send at the end of the process, together with the remaining spans and log records.
import type { ExitBatch } from './exit-sender.ts';

let collect: (() => ExitBatch[]) | undefined;

/** @param fn collects the metrics; must be synchronous and must not throw */
export function setLastMetrics(fn: () => ExitBatch[]): void {
  collect = fn;
}

/** @returns the metrics recorded since the last export; empty unless metrics are exported over OTLP */
export function lastMetrics(): ExitBatch[] {
  return collect?.() ?? [];
}
