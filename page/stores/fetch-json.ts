import { ServiceError } from '../../service/errors.ts';

/** Short, because a person waits for the page. */
const timeoutMs = 3_000;

/**
 * @param store its name, for error messages
 * @param signal cancels the request
 * @returns the parsed body; undefined for 404
 * @throws {ServiceError} 503 while the store is unreachable or not ready, 504 if it is too slow, 502 for an invalid response
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
    throw new ServiceError(503, `${store} is unreachable at ${url.origin}`, { cause, retryAfterSeconds: 2 });
  }
  if (response.status === 404) return undefined;
  if (response.status === 503) throw new ServiceError(503, `${store} is not ready`, { retryAfterSeconds: 2 });
  try {
    if (response.ok) return JSON.parse(text);
  } catch {
    throw new ServiceError(502, `${store} responded with invalid JSON`);
  }
  throw new ServiceError(502, `${store} responded with status ${response.status}`);
}
