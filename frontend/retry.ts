// Another try where the first came to nothing, or its answer was lost. Only for what does no harm when it is done twice.
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from '../service/errors.ts';

/** Long enough in all for a service that is killed to start again, and few enough not to keep down one that is busy. */
const pausesMs = [100, 400, 1_600];

/**
 * @param attempt is called up to four times, while it throws a ServiceError of 503
 * @param withinMs for all tries together: the signal is then aborted, and no further try begins
 * @throws what the last try has thrown
 */
export async function retry<Answer>(attempt: (signal: AbortSignal) => Promise<Answer>, withinMs: number): Promise<Answer> {
  const deadline = Date.now() + withinMs;
  const signal = AbortSignal.timeout(withinMs);
  for (const shortestMs of pausesMs) {
    try {
      return await attempt(signal);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.statusCode !== 503) throw error;
      const pauseMs = Math.max(shortestMs, askedToWaitMs(error)) * (1 + Math.random() / 2); // so that not all come back at once
      if (Date.now() + pauseMs > deadline) throw error;
      await pause(pauseMs);
    }
  }
  return attempt(signal);
}

/** Retry-After is the word of a backend that answered; where there is a cause, it did not. */
function askedToWaitMs({ retryAfterSeconds = 0, cause }: ServiceError): number {
  return cause ? 0 : retryAfterSeconds * 1_000;
}
