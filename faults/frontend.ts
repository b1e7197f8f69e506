// The faults of the frontend.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { type FaultSettings, type Faults, openFaults } from './faults.ts';

const baggageBytes = 17_000; // Node.js accepts 16 KiB of headers
const repeats = 4;

/**
 * @param settings where the flags are read from; see flags.json
 * @returns `fetch`, with the faults applied to its requests
 */
export async function addFrontendFaults(app: FastifyInstance, settings: FaultSettings): Promise<typeof fetch> {
  const faults = await openFaults(settings, app.log);
  if (!faults) return fetch;
  app.addHook('onClose', () => faults.close());

  let isHalfUnsampled = false;
  let requests = 0;
  await faults.follow('unsampled-half', (isOn) => (isHalfUnsampled = isOn));
  // Before anything else sees the request, as a caller would.
  app.server.prependListener('request', ({ method, headers }) => {
    if (!isHalfUnsampled || method !== 'POST') return;
    requests += 1;
    if (requests % 2 === 0) headers.traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
  });

  return createFaultyFetch(faults);
}

function createFaultyFetch(faults: Faults): typeof fetch {
  return async (url, init) => {
    if (init?.method !== 'POST') return fetch(url, init);
    const headers = new Headers(init.headers);
    if (await faults.isOn('broken-baggage')) headers.set('baggage', `demo.cart=${'x'.repeat(baggageBytes)}`);
    const attempt = () => fetch(url, { ...init, headers });
    let response = await attempt();
    for (let repeat = 0; repeat < repeats && response.status === 503 && (await faults.isOn('retry-storm')); repeat += 1) {
      await response.arrayBuffer();
      response = await attempt();
    }
    return response;
  };
}
