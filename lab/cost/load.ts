// Generates load: POST /numbers with a new traceparent for each request, like the frontend.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import autocannon from 'autocannon';

const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"value":42}' } as const;

export interface Load {
  /** Number of requests. The load ends when all have completed. */
  requests: number;
  /** Number of connections, by default one. Each sends the next request as soon as it has a response (closed loop). */
  connections?: number | undefined;
  /** Instead of `connections`: requests per second, over as many connections as needed (open loop). */
  rate?: number | undefined;
  /** The share of requests with the sampled flag in their traceparent. */
  sampledShare: number;
}

export interface Loaded {
  answered: number;
  /** The number of these with the sampled flag. */
  sampled: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/** @throws {Error} if a request fails or returns a status other than 201 */
export function load(url: string, { requests, connections = 1, rate, sampledShare }: Load): Promise<Loaded> {
  const traceparents = Array.from({ length: requests }, (_, index) => traceparent(index, sampledShare));
  return rate ? openLoop(url, traceparents, rate) : closedLoop(url, traceparents, connections);
}

async function closedLoop(url: string, traceparents: string[], connections: number): Promise<Loaded> {
  let sent = 0;
  const result = await autocannon({
    url,
    connections,
    amount: traceparents.length,
    sampleInt: 50, // ms; the load ends at a sample
    timeout: 60, // s
    requests: [
      {
        ...post,
        path: '/numbers',
        setupRequest: (request) => {
          request.headers = { ...request.headers, traceparent: traceparents[sent++ % traceparents.length] };
          return request;
        },
      },
    ],
  });
  const { non2xx, errors, timeouts } = result;
  if (non2xx + errors > 0)
    throw new Error(`requests to ${url} failed: ${non2xx} by status, ${errors} by error, ${timeouts} of them a timeout`);
  return {
    answered: result['2xx'],
    sampled: traceparents.slice(0, sent).filter(isSampled).length,
    perSecond: result['2xx'] / result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

/** Each request is sent when due, even if earlier ones have not completed. Latency is measured from the due time, or from when it was sent if a timer was early. */
async function openLoop(url: string, traceparents: string[], rate: number): Promise<Loaded> {
  const startedAt = performance.now();
  const latencies = await Promise.all(
    traceparents.map(async (traceparent, index) => {
      const dueAt = startedAt + (index * 1_000) / rate;
      await pause(Math.max(0, dueAt - performance.now()));
      const fromAt = Math.min(dueAt, performance.now());
      const response = await fetch(`${url}/numbers`, { ...post, headers: { ...post.headers, traceparent } });
      if (response.status !== 201) throw new Error(`${url} answered ${response.status}`);
      await response.arrayBuffer();
      return performance.now() - fromAt;
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const sorted = latencies.toSorted((a, b) => a - b);
  const percentile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
  return {
    answered: traceparents.length,
    sampled: traceparents.filter(isSampled).length,
    perSecond: traceparents.length / seconds,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}

function traceparent(index: number, sampledShare: number): string {
  const ids = randomBytes(24).toString('hex');
  const sampled = Math.floor((index + 1) * sampledShare) > Math.floor(index * sampledShare);
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-0${Number(sampled)}`;
}

function isSampled(traceparent: string): boolean {
  return traceparent.endsWith('1');
}
