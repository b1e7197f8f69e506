// Calls to the backend. The instrumentation of fetch adds traceparent: set here as well, it would be sent twice.
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../service/errors.ts';
import { fetchJson } from '../service/fetch-json.ts';
import type { NumberRow } from '../service/number-row.ts';
import { retry } from './retry.ts';

export interface BackendClient {
  /** Retried while the backend is unreachable or busy. Each attempt has the same idempotency key, so the number is stored once. */
  write(value: number): Promise<NumberRow>;
  latest(limit: number): Promise<NumberRow[]>;
  check(): Promise<void>;
}

/**
 * @param baseUrl such as http://localhost:3002
 * @param timeoutMs for each call, retries included
 * @returns a client whose calls throw a ServiceError: 503 while the backend is unreachable or busy, 504 when it is too slow, 502 for an invalid response
 */
export function createBackendClient(baseUrl: string, timeoutMs: number, fetch: typeof globalThis.fetch): BackendClient {
  async function call(path: string, init: RequestInit = {}, signal = AbortSignal.timeout(timeoutMs)): Promise<unknown> {
    const body = await fetchJson('the backend', new URL(path, baseUrl), { ...init, signal }, fetch);
    if (!body) throw new ServiceError(502, 'the backend responded with status 404 or without data; check BACKEND_URL');
    return body;
  }

  return {
    write: async (value) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': `"${randomUUID()}"` };
      const init = { method: 'POST', headers, body: JSON.stringify({ value }) };
      return (await retry((signal) => call('/numbers', init, signal), timeoutMs)) as NumberRow;
    },
    latest: async (limit) => (await call(`/numbers?limit=${limit}`)) as NumberRow[],
    check: async () => void (await call('/readyz')),
  };
}
