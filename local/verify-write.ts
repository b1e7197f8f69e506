// The proof that the stack works: one write, followed to its row, its complete trace and its log lines.
import { isCompleteWrite } from '../page/complete-trace.ts';
import { pollStore } from '../page/poll-store.ts';
import type { LogLine } from '../page/stores/stores.ts';
import { viewerLogs, viewerTraces } from '../page/stores/viewer.ts';
import { logFile } from './process.ts';
import { urls } from './settings.ts';

/**
 * @param interrupted ends the wait
 * @throws {Error} with a sentence that names what is missing
 */
export async function verifyWrite(interrupted: AbortSignal, withinMs: number): Promise<void> {
  const deadline = AbortSignal.timeout(withinMs);
  const url = `${urls.frontend}/write`;
  const response = await fetch(url, { method: 'POST', signal: AbortSignal.any([interrupted, deadline]) });
  const { id, traceId, message } = (await response.json()) as { id?: number; traceId: string; message?: string };
  if (response.status !== 201 || id === undefined) throw new Error(`POST ${url} answered with ${response.status}: ${message}`);

  const spans = await pollStore(viewerTraces(urls.viewer), traceId, isCompleteWrite, deadline, interrupted);
  const lines = await pollStore(viewerLogs(urls.viewer), traceId, hasBothServices, deadline, interrupted);
  interrupted.throwIfAborted();
  if (isCompleteWrite(spans) && hasBothServices(lines)) return;
  throw new Error(
    `the write succeeded, but ${urls.viewer} has ${spans.length} spans of its trace ${traceId}, and log lines of ${servicesOf(lines).join(', ') || 'no service'}: see ${logFile('viewer')}`,
  );
}

function hasBothServices(lines: LogLine[]): boolean {
  return servicesOf(lines).length === 2;
}

function servicesOf(lines: LogLine[]): string[] {
  return [...new Set(lines.map(({ service }) => service))];
}
