import { visible } from './visible.js';

export class Refusal extends Error {
  /**
   * @param {number} status of the answer, or 0 where there was none
   * @param {string} message for people
   * @param {string | null} traceId of what was refused, where that is known
   */
  constructor(status, message, traceId) {
    super(message);
    this.status = status;
    this.traceId = traceId;
  }
}

/**
 * Asks the frontend, where this page comes from, and nobody else; and not before the page is looked at.
 *
 * @param {string} path
 * @param {RequestInit} init
 * @throws {Refusal} with the sentence that the answer gives
 */
export async function fetchJson(path, init = {}) {
  await visible();
  let response;
  let body;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(10_000) });
    body = await response.json();
  } catch {
    throw new Refusal(0, 'the frontend does not answer', null);
  }
  if (!response.ok) throw new Refusal(response.status, body.message, body.traceId);
  return body;
}
