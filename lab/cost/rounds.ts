// Measures what a setup needs per request, and what it delivers.
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, type Postgres } from '../../test/support/postgres.ts';
import { type Loaded, load } from './load.ts';
import { type Measured, type Sink, startBackend, startSink } from './measured.ts';
import type { SetUp } from './set-ups.ts';
import type { Counted } from './sink.ts';

export interface Running {
  setUp: SetUp;
  backend: Measured;
  sink: Sink;
}

/** Starts a setup with its own database, sink and ports. @param runner as for `startBackend` */
export async function start(setUp: SetUp, postgres: Postgres, name: string, runner?: string[]): Promise<Running> {
  const sink = await startSink();
  try {
    const backend = await startBackend(setUp, { ...sink.settings(setUp), ...(await createDatabase(postgres, name)) }, runner);
    return { setUp, backend, sink };
  } catch (error) {
    sink.stop();
    throw error;
  }
}

/**
 * Counts the items one request creates, as the difference between a long and a short load. A reconnect of the pool may
 * add spans that belong to no request, but fewer than one per ten requests.
 *
 * @throws {Error} if the count differs from the declared one
 */
export async function verify({ sink, setUp, backend }: Running): Promise<void> {
  const { each, name } = setUp;
  let last = await whenQuiet(sink, setUp);
  const countDuring = async (requests: number) => {
    await load(backend.url, { requests, sampledShare: Math.ceil(setUp.sampledShare) });
    const before = last;
    last = await whenQuiet(sink, setUp);
    return { spans: last.spans - before.spans, logs: last.logs - before.logs };
  };
  const short = await countDuring(20);
  const long = await countDuring(60);
  for (const what of ['spans', 'logs'] as const) {
    const count = (long[what] - short[what]) / 40;
    const claimed = what === 'spans' && setUp.sampledShare === 0 ? 0 : each[what];
    if (Math.abs(count - claimed) > 0.1)
      throw new Error(`${name}: ${count} ${what} per request, not ${claimed} (see set-ups.ts)`);
  }
}

export interface LoadCase {
  name: string;
  connections: number;
}

export interface Plan {
  warmUpRequests: number;
  rounds: number;
  /** Per round and load. */
  requests: number;
  loadCases: LoadCase[];
  idleMs: number;
}

/** Enough connections to keep the process busy, without a queue that slows down emulation. */
export const warmUpConnections = 16;

/**
 * Warms a process up, and then sends all loads in each round. An export that is delayed until the next load counts there, where it
 * replaces one of the same size.
 *
 * @param read returns what the process has used so far: CPU time or instructions
 * @param waitsMs longer than the delay of its queues
 * @returns what it used per request in each round and load, without what it uses when idle, and that per second
 */
export async function measureRounds(
  { backend, setUp }: Running,
  { warmUpRequests, rounds, requests, loadCases, idleMs }: Plan,
  { read, waitsMs, signal }: { read: () => number | Promise<number>; waitsMs: number; signal: AbortSignal },
): Promise<{ measured: { loadCase: string; perRequest: number; perSecond: number }[]; idlePerSecond: number }> {
  const send = (connections: number) => {
    signal.throwIfAborted();
    return load(backend.url, { requests, connections, sampledShare: setUp.sampledShare });
  };
  for (let sent = 0; sent < warmUpRequests; sent += requests) await send(warmUpConnections);
  const loads: { loadCase: string; used: number; ms: number; answered: number; perSecond: number }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const loadCase of loadCases) {
      const startedAt = performance.now();
      const before = await read();
      const { answered, perSecond } = await send(loadCase.connections);
      if (round === rounds && loadCase === loadCases.at(-1)) await pause(waitsMs); // for the last export
      const used = (await read()) - before;
      loads.push({ loadCase: loadCase.name, used, ms: performance.now() - startedAt, answered, perSecond });
    }
  }
  // Last, because V8 discards code while nothing happens.
  const before = await read();
  await pause(idleMs);
  const idlePerMs = ((await read()) - before) / idleMs; // timers and metrics rather than requests
  const measured = loads.map(({ loadCase, used, ms, answered, perSecond }) => ({
    loadCase,
    perRequest: (used - idlePerMs * ms) / answered,
    perSecond,
  }));
  return { measured, idlePerSecond: idlePerMs * 1_000 };
}

export interface Delivered {
  expected: number;
  received: number;
}

/**
 * @param send sends the load
 * @param leastMs how long nothing must arrive at the end, if longer than its queues wait
 * @returns the expected and the received number of spans and log records together
 */
export async function countDelivery({ setUp, sink }: Running, send: () => Promise<Loaded>, leastMs = 0): Promise<Delivered> {
  const start = await whenQuiet(sink, setUp);
  const { sampled, answered } = await send();
  const end = await whenQuiet(sink, setUp, leastMs);
  return {
    expected: setUp.each.spans * sampled + setUp.each.logs * answered,
    received: end.spans - start.spans + end.logs - start.logs,
  };
}

/** Resolves when nothing has arrived for longer than any queue waits. */
async function whenQuiet(sink: Sink, { waitsMs }: SetUp, leastMs = 0): Promise<Counted> {
  for (let last = -1; ; ) {
    const counted = await sink.counted();
    const items = counted.spans + counted.logs;
    if (items === last) return counted;
    last = items;
    await pause(Math.max(waitsMs, leastMs));
  }
}
