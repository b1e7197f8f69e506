import { ServiceError } from '../../service/errors.ts';

/** For each question to a store: people wait for the answer. */
const timeoutMs = 3_000;

/**
 * Asks a store for JSON.
 *
 * @param store its name, for people
 * @param signal ends it when nobody waits for the answer any more
 * @returns the answer; undefined for 404
 * @throws {ServiceError} 503 while it is away, 502 for an answer that makes no sense, 504 when it is too slow
 */
export async function fetchJson(store: string, url: URL, signal: AbortSignal, init: RequestInit = {}): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    text = await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'TimeoutError')
      throw new ServiceError(504, `${store} is too slow`, { cause });
    throw new ServiceError(503, `${store} does not answer at ${url.origin}`, { cause, retryAfterSeconds: 2 });
  }
  if (response.status === 404) return undefined;
  if (response.status === 503) throw new ServiceError(503, `${store} is not ready`, { retryAfterSeconds: 2 });
  try {
    if (response.ok) return JSON.parse(text);
  } catch {
    throw new ServiceError(502, `${store} answered with something that is no JSON`);
  }
  throw new ServiceError(502, `${store} answered with ${response.status}`);
}
