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
  const traceId = await write(AbortSignal.any([interrupted, deadline]));

  const spans = await pollStore(viewerTraces(urls.viewer), traceId, isCompleteWrite, deadline, interrupted);
  const lines = await pollStore(viewerLogs(urls.viewer), traceId, hasBothServices, deadline, interrupted);
  interrupted.throwIfAborted();
  if (isCompleteWrite(spans) && hasBothServices(lines)) return;
  throw new Error(
    `the write succeeded, but ${urls.viewer} has ${spans.length} spans of its trace ${traceId}, and log lines of ${servicesOf(lines).join(', ') || 'no service'}: see ${logFile('viewer')}`,
  );
}

/** @returns the id of its trace */
async function write(signal: AbortSignal): Promise<string> {
  const url = `${urls.frontend}/write`;
  const failed = (reason: unknown) => new Error(`POST ${url} failed: ${reason}: see ${logFile('frontend')}`);
  const response = await fetch(url, { method: 'POST', signal }).catch((error) => {
    throw signal.aborted ? error : failed(error.cause?.message || error.message);
  });
  const text = await response.text();
  if (response.status !== 201) throw failed(`status ${response.status}, ${text}`);
  return JSON.parse(text).traceId;
}

function hasBothServices(lines: LogLine[]): boolean {
  return servicesOf(lines).length === 2;
}

function servicesOf(lines: LogLine[]): string[] {
  return [...new Set(lines.map(({ service }) => service))];
}
