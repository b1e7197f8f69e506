// Sends POST /write at a constant rate (open loop): each is sent when due, even if earlier ones have not completed.
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

export interface Writes {
  sent: number;
  answered: number;
  /** Count of each other status or error. */
  failures: Record<string, number>;
  latencyUs: RecordableHistogram;
}

/** Resolves when all writes have completed, or soon after `stop` is aborted. */
export async function write(url: string, perSecond: number, seconds: number, writes: Writes, stop: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  const open = new Set<Promise<void>>();
  while (writes.sent < perSecond * seconds && !stop.aborted) {
    const due = startedAt + (writes.sent * 1_000) / perSecond;
    if (due > performance.now()) await pause(due - performance.now());
    writes.sent += 1;
    const one = writeOnce(url, writes).finally(() => open.delete(one));
    open.add(one);
  }
  await Promise.all(open);
}

export function noWrites(): Writes {
  return { sent: 0, answered: 0, failures: {}, latencyUs: createHistogram() };
}

async function writeOnce(url: string, writes: Writes): Promise<void> {
  const startedAt = performance.now();
  let outcome: string;
  try {
    const response = await fetch(`${url}/write`, { method: 'POST', signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    outcome = String(response.status);
  } catch (error) {
    outcome = (error as Error).name;
  }
  writes.latencyUs.record(Math.max(1, Math.round((performance.now() - startedAt) * 1_000)));
  if (outcome === '201') writes.answered += 1;
  else writes.failures[outcome] = (writes.failures[outcome] ?? 0) + 1;
}
