// The load: POST /numbers, each with a traceparent of its own, as the frontend would send it.
import { randomBytes } from 'node:crypto';
import autocannon from 'autocannon';

export interface Load {
  /** Requests in all; each is answered before the load ends. */
  requests: number;
  connections: number;
  /** Requests a second; without it, each connection sends the next one as soon as it has the answer. */
  rate?: number | undefined;
  /** The share of requests whose traceparent says "sampled". */
  sampledShare: number;
}

export interface Loaded {
  answered: number;
  /** Of those, how many said "sampled". */
  sampled: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** @throws {Error} when a request fails or is answered with anything but 201 */
export async function load(url: string, { requests, connections, rate, sampledShare }: Load): Promise<Loaded> {
  let sent = 0;
  let sampled = 0;
  const result = await autocannon({
    url,
    connections,
    amount: requests,
    sampleInt: 50, // ms; it ends with a sample
    ...(rate ? { overallRate: rate } : {}),
    requests: [
      {
        method: 'POST',
        path: '/numbers',
        body: '{"value":42}',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => {
          const ids = randomBytes(24).toString('hex');
          const isSampled = Math.floor((sent + 1) * sampledShare) > Math.floor(sent * sampledShare);
          sent += 1;
          sampled += Number(isSampled);
          request.headers = { ...request.headers, traceparent: `00-${ids.slice(0, 32)}-${ids.slice(32)}-0${Number(isSampled)}` };
          return request;
        },
      },
    ],
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed at ${url}`);
  return {
    answered: result['2xx'],
    sampled,
    perSecond: result['2xx'] / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
