import { untilVisible } from './visibility.js';

export class HttpError extends Error {
  /**
   * @param {number} status of the response, or 0 if there was none
   * @param {string} message
   * @param {string | null} traceId of the request, if it is known
   */
  constructor(status, message, traceId) {
    super(message);
    this.status = status;
    this.traceId = traceId;
  }
}

/**
 * Sends a request to the frontend, as soon as the page is visible.
 *
 * @param {string} path
 * @param {RequestInit} init
 * @throws {HttpError} with the message of the response
 */
export async function fetchJson(path, init = {}) {
  await untilVisible();
  let response;
  let body;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(10_000) });
    body = await response.json();
  } catch {
    throw new HttpError(0, 'the frontend is unreachable', null);
  }
  if (!response.ok) throw new HttpError(response.status, body.message, body.traceId);
  return { body, headers: response.headers };
}

/** A `traceparent` with the sampled flag off: polling creates no traces. https://www.w3.org/TR/trace-context/#sampled-flag */
export function unsampledTraceparent() {
  const id = [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `00-${id.slice(0, 32)}-${id.slice(32)}-00`;
}
