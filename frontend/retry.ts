// Retries a call that failed or whose response was lost. For idempotent calls only.
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from '../service/errors.ts';

/** Long enough for a killed service to restart; few enough not to overload a busy one. */
const pausesMs = [100, 400, 1_600];

/**
 * @param attempt is called up to four times, as long as it throws a ServiceError with status 503
 * @param withinMs for all attempts together: then the signal is aborted and no further attempt starts
 * @throws the error of the last attempt
 */
export async function retry<Result>(attempt: (signal: AbortSignal) => Promise<Result>, withinMs: number): Promise<Result> {
  const deadline = Date.now() + withinMs;
  const signal = AbortSignal.timeout(withinMs);
  for (const shortestMs of pausesMs) {
    try {
      return await attempt(signal);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.statusCode !== 503) throw error;
      const pauseMs = Math.max(shortestMs, retryAfterMs(error)) * (1 + Math.random() / 2); // so that clients do not retry at the same moment
      if (Date.now() + pauseMs > deadline) throw error;
      await pause(pauseMs);
    }
  }
  return attempt(signal);
}

/** A Retry-After header counts only if the backend sent it: an error with a cause means it did not answer. */
function retryAfterMs({ retryAfterSeconds = 0, cause }: ServiceError): number {
  return cause ? 0 : retryAfterSeconds * 1_000;
}
