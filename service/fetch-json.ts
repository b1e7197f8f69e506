// Requests to other components. Each failure is an error that names the component.
import { ServiceError } from './errors.ts';

/**
 * @param component its name, for error messages
 * @param fetch replaces the global one
 * @returns the parsed body; undefined for 404
 * @throws {ServiceError} 503 while the component is unreachable or busy, 504 if it is too slow, 502 for another response
 */
export async function fetchJson(component: string, url: URL, init: RequestInit, fetch = globalThis.fetch): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'TimeoutError')
      throw new ServiceError(504, `${component} is too slow`, { cause });
    throw new ServiceError(503, `${component} is unreachable`, { cause, retryAfterSeconds: 1 });
  }
  const { ok, status, headers } = response;
  if (status === 404) return undefined;
  const retryAfterSeconds = Number(headers.get('retry-after')) || undefined;
  if (status === 503) throw new ServiceError(503, `${component} is not ready or busy`, { retryAfterSeconds });
  if (status === 504) throw new ServiceError(504, `a component that ${component} depends on is too slow`, { retryAfterSeconds });
  try {
    if (ok) return JSON.parse(text);
  } catch {
    throw new ServiceError(502, `${component} responded with invalid JSON`);
  }
  throw new ServiceError(502, `${component} responded with status ${status}`);
}
