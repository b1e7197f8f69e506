// Interleaved rounds: all set-ups run side by side and are loaded in turn for a few seconds, again and again.
// What else the machine does then hits all of them alike, and the ratios hold though the figures do not.
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, type Postgres } from '../../test/support/postgres.ts';
import { type Loaded, load } from './load.ts';
import { type Measured, type Sink, startBackend, startSink } from './measured.ts';
import type { SetUp } from './set-ups.ts';
import type { Counted } from './sink.ts';

export interface LoadCase {
  name: string;
  connections: number;
  rate?: number;
}

export interface Sample extends Loaded {
  setUp: string;
  loadCase: string;
  /** CPU of the process, all threads, in microseconds for each request: the export of its telemetry included. */
  cpuUsPerRequest: number;
}

export interface Running {
  setUp: SetUp;
  backend: Measured;
  sink: Sink;
  /** What one request makes, as seen when nothing else was going on. */
  each: { spans: number; logs: number };
  before: Counted;
  answered: number;
}

/** Each with a database, a sink and ports of its own. */
export async function start(setUp: SetUp, postgres: Postgres, name: string): Promise<Running> {
  const sink = await startSink();
  const port = setUp.speaks === 'http' ? sink.httpPort : sink.grpcPort;
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const backend = await startBackend(setUp, { ...otlp, ...(await createDatabase(postgres, name)) });
  const nothing = await whenQuiet(sink, setUp);
  await load(backend.url, { requests: 20, connections: 1, sampledShare: setUp.sampledShare });
  const before = await whenQuiet(sink, setUp);
  const each = { spans: (before.spans - nothing.spans) / 20, logs: (before.logs - nothing.logs) / 20 };
  return { setUp, backend, sink, each, before, answered: 0 };
}

/** Loads one set-up once. The telemetry of the requests is waited for, so that its cost is in the figure. */
export async function loadOnce(running: Running, loadCase: LoadCase, requests: number): Promise<Sample> {
  const { setUp, backend, sink } = running;
  const { name, connections, rate } = loadCase;
  const { sampledShare } = setUp;
  // Whoever has just run is faster: each is measured right after a little load of its own.
  await load(backend.url, { requests: Math.ceil(requests / 6), connections, sampledShare });
  await whenQuiet(sink, setUp);
  const before = await backend.usage();
  const loaded = await load(backend.url, { requests, connections, rate, sampledShare });
  await whenQuiet(sink, setUp);
  const after = await backend.usage();
  running.answered += Math.ceil(requests / 6) + loaded.answered;
  return { setUp: setUp.name, loadCase: name, ...loaded, cpuUsPerRequest: (after.cpuUs - before.cpuUs) / loaded.answered };
}

/** The share of what was made that has arrived. */
export async function delivered({ sink, each, before, answered }: Running): Promise<{ spans: number; logs: number }> {
  const counted = await sink.counted();
  const share = (what: 'spans' | 'logs') => (counted[what] - before[what]) / (each[what] * answered);
  return { spans: share('spans'), logs: share('logs') };
}

/** Resolves when nothing has come for longer than any queue waits. */
async function whenQuiet(sink: Sink, { waitsMs }: SetUp): Promise<Counted> {
  for (let last = -1; ; ) {
    const counted = await sink.counted();
    if (counted.bytes === last) return counted;
    last = counted.bytes;
    await pause(waitsMs);
  }
}
