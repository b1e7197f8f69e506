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
  /** Duration of each of two idle periods, in ms. */
  idleMs: number;
}

/** Enough connections to keep the process busy, without a queue that slows down emulation. */
export const warmUpConnections = 16;

/** What a process used per request in one round of one load, without what it uses when idle. */
export interface Round {
  loadCase: string;
  perRequest: number;
}

/**
 * Warms processes up, and then sends all loads in each round. Several processes take turns, so that the machine is equally fast for all.
 *
 * @param read returns what a process has used so far: CPU time or instructions
 * @param waitsMs longer than the delay of their queues
 * @returns for each process, its rounds and what it uses per second when idle
 */
export async function measureRounds(
  inTurn: Running[],
  { warmUpRequests, rounds, requests, loadCases, idleMs }: Plan,
  { read, waitsMs, signal }: { read: (one: Running) => number | Promise<number>; waitsMs: number; signal: AbortSignal },
): Promise<{ measured: Round[]; idlePerSecond: number }[]> {
  const send = ({ backend, setUp }: Running, connections: number) => {
    signal.throwIfAborted();
    return load(backend.url, { requests, connections, sampledShare: setUp.sampledShare });
  };
  /** From one call to the next, so that delayed exports count in some load. */
  const meters = inTurn.map((one) => {
    let last = { used: 0, atMs: 0 };
    return async () => {
      const { used, atMs } = last;
      last = { used: await read(one), atMs: performance.now() };
      return { used: last.used - used, ms: last.atMs - atMs };
    };
  });
  for (let sent = 0; sent < warmUpRequests; sent += requests) for (const one of inTurn) await send(one, warmUpConnections);
  for (const meter of meters) await meter();
  const loads: { loadCase: string; place: number; used: number; ms: number; loaded: Loaded }[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const loadCase of loadCases) {
      const sent = new Map<Running, Loaded>();
      for (const one of round % 2 ? inTurn : inTurn.toReversed()) sent.set(one, await send(one, loadCase.connections));
      if (round === rounds && loadCase === loadCases.at(-1)) await pause(waitsMs); // for the last export
      for (const [place, meter] of meters.entries())
        loads.push({ loadCase: loadCase.name, place, ...(await meter()), loaded: sent.get(inTurn[place] as Running) as Loaded });
    }
  }
  // Last, because V8 discards code while nothing happens.
  await pause(idleMs);
  const first = await Promise.all(meters.map((meter) => meter()));
  await pause(idleMs);
  const second = await Promise.all(meters.map((meter) => meter()));
  return inTurn.map((_, place) => {
    // Timers and metrics rather than requests. In one of the two times, V8 may also collect the garbage of the load.
    const idlePerMs = Math.min(...[first, second].map((idle) => (idle[place]?.used ?? 0) / (idle[place]?.ms ?? 1)));
    const measured = loads
      .filter((each) => each.place === place)
      .map(({ loadCase, used, ms, loaded: { answered } }) => ({ loadCase, perRequest: (used - idlePerMs * ms) / answered }));
    return { measured, idlePerSecond: idlePerMs * 1_000 };
  });
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
