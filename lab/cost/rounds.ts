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
  connections?: number;
  rate?: number;
}

export interface Sample extends Omit<Loaded, 'sampled'> {
  setUp: string;
  loadCase: string;
  /** CPU of the process, all threads, in microseconds for each request: the export of its telemetry included. */
  cpuUsPerRequest: number;
}

export interface Running {
  setUp: SetUp;
  backend: Measured;
  sink: Sink;
  /** How many spans a sampled request creates, and how many log records any request does. */
  each: { spans: number; logs: number };
  before: Counted;
  answered: number;
  sampled: number;
}

/** Expected: those of the answered requests. Received: all that came, spans of new connections included. */
export type Delivered = Record<'spans' | 'logs', { expected: number; received: number }>;

/** Each with a database, a sink and ports of its own. */
export async function start(setUp: SetUp, postgres: Postgres, name: string): Promise<Running> {
  const sink = await startSink();
  const port = setUp.speaks === 'http' ? sink.httpPort : sink.grpcPort;
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const backend = await startBackend(setUp, { ...otlp, ...(await createDatabase(postgres, name)) });
  return { setUp, backend, sink, each: { spans: 0, logs: 0 }, before: { spans: 0, logs: 0, bytes: 0 }, answered: 0, sampled: 0 };
}

/**
 * Counts what one request creates, as the difference between a long load and a short one. Each begins after a pause in which the
 * pool closes its connections, so each has the spans of one reconnect, which belong to no request in particular.
 *
 * @throws {Error} when the difference is not a whole number per request
 */
export async function observe(running: Running): Promise<void> {
  const { sink, setUp } = running;
  let last = await whenQuiet(sink, setUp);
  const countDuring = async (requests: number) => {
    const { answered, sampled } = await load(running.backend.url, { requests, connections: 1, sampledShare: setUp.sampledShare });
    const before = last;
    last = await whenQuiet(sink, setUp);
    return { answered, sampled, spans: last.spans - before.spans, logs: last.logs - before.logs };
  };
  const short = await countDuring(20);
  const long = await countDuring(60);
  const perRequest = (what: 'spans' | 'logs', requests: 'sampled' | 'answered') => {
    const count = (long[what] - short[what]) / (long[requests] - short[requests]);
    if (!Number.isInteger(count)) throw new Error(`${setUp.name}: ${count} ${what} per request is not a whole number`);
    return count;
  };
  running.each = { spans: perRequest('spans', 'sampled'), logs: perRequest('logs', 'answered') };
  running.before = last;
}

export function usagesOf(all: Running[]): Promise<Usage[]> {
  return Promise.all(all.map(({ backend }) => backend.usage()));
}

/**
 * Loads all set-ups in turn, a short slice each, again and again: a slow moment of the machine then hits all of them alike.
 *
 * @param before of the end of the measurement before this one: what a queue sends late is in the figures too, here or in the next ones
 */
export async function measure(
  all: Running[],
  before: Usage[],
  { slices, requests, ...loadCase }: LoadCase & { slices: number; requests: number },
): Promise<{ samples: Sample[]; after: Usage[] }> {
  const loads = new Map<Running, Loaded[]>(all.map((one) => [one, []]));
  for (let slice = 0; slice < slices; slice += 1)
    for (const one of turned(all, slice)) loads.get(one)?.push(await loadOnce(one, loadCase, requests));
  await pause(Math.min(...all.map(({ setUp }) => setUp.waitsMs)));
  const after = await usagesOf(all);
  const samples = all.map((one, place): Sample => {
    const loaded = loads.get(one) as Loaded[];
    const answered = loaded.reduce((sum, each) => sum + each.answered, 0);
    const cpuUs = (after[place] as Usage).cpuUs - (before[place] as Usage).cpuUs;
    const middle = (what: 'perSecond' | 'p50Ms' | 'p99Ms') => spread(loaded.map((each) => each[what])).median;
    const typical = { perSecond: middle('perSecond'), p50Ms: middle('p50Ms'), p99Ms: middle('p99Ms') };
    return { setUp: one.setUp.name, loadCase: loadCase.name, answered, ...typical, cpuUsPerRequest: cpuUs / answered };
  });
  return { samples, after };
}

export async function loadOnce(running: Running, { connections, rate }: LoadCase, requests: number): Promise<Loaded> {
  const { setUp, backend } = running;
  const loaded = await load(backend.url, { requests, connections, rate, sampledShare: setUp.sampledShare });
  running.answered += loaded.answered;
  running.sampled += loaded.sampled;
  return loaded;
}

/** Each time another one comes first. */
function turned<Item>(items: Item[], by: number): Item[] {
  return [...items.slice(by % items.length), ...items.slice(0, by % items.length)];
}

export async function delivered({ sink, setUp, each, before, answered, sampled }: Running): Promise<Delivered> {
  const counted = await whenQuiet(sink, setUp);
  return {
    spans: { expected: each.spans * sampled, received: counted.spans - before.spans },
    logs: { expected: each.logs * answered, received: counted.logs - before.logs },
  };
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
