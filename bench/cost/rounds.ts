// Interleaved rounds: all set-ups run side by side and are loaded in turn for less than a second, again and again.
// What else the machine does then hits all of them alike, and the ratios hold though the figures do not.
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, type Postgres } from '../../test/support/postgres.ts';
import { spread } from './figures.ts';
import { type Loaded, load } from './load.ts';
import { type Measured, type Sink, startBackend, startSink } from './measured.ts';
import type { Usage } from './meter.ts';
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

/**
 * Loads all set-ups in turn, a short slice each, again and again: a slow moment of the machine then hits all of them alike.
 * Waits at the end until all telemetry has arrived, so that its cost is in the figures.
 */
export async function measure(
  all: Running[],
  { slices, requests, ...loadCase }: LoadCase & { slices: number; requests: number },
) {
  const usages = () => Promise.all(all.map(({ backend }) => backend.usage()));
  const loads = new Map<Running, Loaded[]>(all.map((one) => [one, []]));
  const before = await usages();
  for (let slice = 0; slice < slices; slice += 1)
    for (const one of turned(all, slice)) loads.get(one)?.push(await loadOnce(one, loadCase, requests));
  await Promise.all(all.map(({ sink, setUp }) => whenQuiet(sink, setUp)));
  const after = await usages();
  return all.map((one, place): Sample => {
    const loaded = loads.get(one) as Loaded[];
    const answered = loaded.reduce((sum, each) => sum + each.answered, 0);
    const cpuUs = (after[place] as Usage).cpuUs - (before[place] as Usage).cpuUs;
    const middle = (what: 'perSecond' | 'p50Ms' | 'p99Ms') => spread(loaded.map((each) => each[what])).median;
    const typical = { perSecond: middle('perSecond'), p50Ms: middle('p50Ms'), p99Ms: middle('p99Ms') };
    return { setUp: one.setUp.name, loadCase: loadCase.name, answered, ...typical, cpuUsPerRequest: cpuUs / answered };
  });
}

export async function loadOnce(running: Running, { connections, rate }: LoadCase, requests: number): Promise<Loaded> {
  const { setUp, backend } = running;
  const loaded = await load(backend.url, { requests, connections, rate, sampledShare: setUp.sampledShare });
  running.answered += loaded.answered;
  return loaded;
}

/** Each time another one comes first. */
function turned<Item>(items: Item[], by: number): Item[] {
  return [...items.slice(by % items.length), ...items.slice(0, by % items.length)];
}

/** The share of what was made that has arrived. */
export async function delivered({ sink, setUp, each, before, answered }: Running): Promise<{ spans: number; logs: number }> {
  const counted = await whenQuiet(sink, setUp);
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
