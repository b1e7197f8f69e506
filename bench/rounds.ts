// Interleaved rounds: all set-ups run side by side and are loaded in turn for a few seconds, again and again.
// What else the machine does then hits all of them alike, and the ratios hold though the figures do not.
import { setTimeout as pause } from 'node:timers/promises';
import { type Load, type Loaded, load } from './load.ts';
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
  round: number;
  /** CPU of the process, all threads, microseconds for each answered request: the export of its telemetry included. */
  cpuUsPerRequest: number;
}

export interface Running {
  setUp: SetUp;
  backend: Measured;
  sink: Sink;
  answered: number;
  counted: Counted;
}

export async function startAll(setUps: SetUp[], env: Record<string, string>, profileDirectory?: string): Promise<Running[]> {
  const all: Running[] = [];
  for (const setUp of setUps) {
    const sink = await startSink();
    const port = setUp.speaks === 'http' ? sink.httpPort : sink.grpcPort;
    const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const backend = await startBackend(setUp, { ...otlp, ...env }, profileDirectory);
    all.push({ setUp, backend, sink, answered: 1, counted: await sink.counted() });
  }
  return all;
}

export async function stopAll(all: Running[]): Promise<void> {
  for (const running of all) {
    await running.backend.stop();
    running.counted = await running.sink.counted();
    running.sink.stop();
  }
}

/** Loads one set-up once. The telemetry of the requests is waited for, so that its cost is in the figure. */
export async function loadOnce(
  running: Running,
  { connections, rate }: LoadCase,
  seconds: number,
): Promise<Loaded & { cpuUs: number }> {
  const { setUp, backend, sink } = running;
  const before = await backend.usage();
  const options: Load = { connections, seconds, sampledShare: setUp.sampledShare, ...(rate ? { rate } : {}) };
  const loaded = await load(backend.url, options);
  await quiet(sink);
  const after = await backend.usage();
  running.answered += loaded.answered;
  return { ...loaded, cpuUs: after.cpuUs - before.cpuUs };
}

export async function* rounds(all: Running[], cases: LoadCase[], count: number, seconds: number): AsyncGenerator<Sample> {
  for (let round = 1; round <= count; round++) {
    for (const loadCase of cases) {
      for (const running of round % 2 ? all : all.toReversed()) {
        const { cpuUs, ...loaded } = await loadOnce(running, loadCase, seconds);
        yield { setUp: running.setUp.name, loadCase: loadCase.name, round, ...loaded, cpuUsPerRequest: cpuUs / loaded.answered };
      }
    }
  }
}

/** Resolves when nothing has come for longer than any queue waits. */
async function quiet(sink: Sink): Promise<void> {
  let last = -1;
  for (let bytes = 0; bytes !== last; ) {
    last = bytes;
    await pause(650);
    bytes = (await sink.counted()).bytes;
  }
}
