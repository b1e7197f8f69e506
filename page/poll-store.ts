import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from './stores/stores.ts';

/** Of a single read. Short, because a person waits for the page. */
const timeoutMs = 3_000;

const shortestPauseMs = 50;
const longestPauseMs = 500;

/**
 * Reads a trace until all of it is there, with growing pauses.
 *
 * @param deadline ends the wait, after one last read
 * @param disconnected the client has gone: cancels the current read as well
 * @returns what there is at the end
 */
export async function pollStore<Entry>(
  store: Store<Entry>,
  traceId: string,
  isComplete: (entries: Entry[]) => boolean,
  deadline: AbortSignal,
  disconnected: AbortSignal,
): Promise<Entry[]> {
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const entries = await store.read(traceId, AbortSignal.any([disconnected, AbortSignal.timeout(timeoutMs)]));
    if (isComplete(entries) || deadline.aborted || disconnected.aborted) return entries;
    await pause(pauseMs, undefined, { signal: AbortSignal.any([deadline, disconnected]) }).catch(() => {});
  }
}
