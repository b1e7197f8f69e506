// Interleaved rounds: all setups run side by side and are loaded in turn, each for less than a second, repeatedly.
// Other load on the machine then affects all of them equally, so ratios are reliable even if absolute figures are not.
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, type Postgres } from '../../test/support/postgres.ts';
import type { Sample } from './figures.ts';
import { type Load, type Loaded, load } from './load.ts';
import { type Measured, type Sink, startBackend, startSink } from './measured.ts';
import type { SetUp } from './set-ups.ts';
import type { Counted } from './sink.ts';

export interface Running {
  setUp: SetUp;
  backend: Measured;
  sink: Sink;
  /** Idle CPU in µs per second, from timers and metrics rather than requests. */
  idleUsPerSecond: number;
}

/** Starts a setup with its own database, sink and ports. @param runner as for `startBackend` */
export async function start(setUp: SetUp, postgres: Postgres, name: string, runner?: string[]): Promise<Running> {
  const sink = await startSink();
  try {
    const backend = await startBackend(setUp, { ...sink.settings(setUp), ...(await createDatabase(postgres, name)) }, runner);
    return { setUp, backend, sink, idleUsPerSecond: 0 };
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

/** Measures idle CPU, which is reported separately and not charged to requests. */
export async function measureIdle(all: Running[], seconds: number): Promise<void> {
  await pause(Math.max(...all.map(({ setUp }) => setUp.waitsMs)));
  const before = await Promise.all(all.map(({ backend }) => backend.usage()));
  await pause(seconds * 1_000);
  const after = await Promise.all(all.map(({ backend }) => backend.usage()));
  all.forEach((one, place) => {
    one.idleUsPerSecond = ((after[place]?.cpuUs ?? 0) - (before[place]?.cpuUs ?? 0)) / seconds;
  });
}

export interface LoadCase {
  name: string;
  connections: number;
  requests: number;
}

/** Measures CPU per request from one measurement to the next, so that delayed exports are included in one of them. */
export class Meter {
  readonly #last = new Map<Running, { cpuUs: number; atMs: number }>();

  /** Loads all setups in turn, starting with a different one each time. */
  async measure(all: Running[], { name, ...loadCase }: LoadCase, generation: number, round: number): Promise<Sample[]> {
    const answered = new Map<Running, number>();
    for (const one of turned(all, round)) {
      const { setUp, backend } = one;
      answered.set(one, (await load(backend.url, { ...loadCase, sampledShare: setUp.sampledShare })).answered);
    }
    await pause(650); // longer than most queues wait
    const samples: Sample[] = [];
    for (const one of all) {
      const cpuUs = (await this.read(one)) / (answered.get(one) as number);
      samples.push({ setUp: one.setUp.name, loadCase: name, generation, perRequest: cpuUs });
    }
    return samples;
  }

  /** @returns CPU since the last call, without idle CPU */
  async read(one: Running): Promise<number> {
    const { cpuUs } = await one.backend.usage();
    const last = this.#last.get(one);
    const now = { cpuUs, atMs: performance.now() };
    this.#last.set(one, now);
    return last ? now.cpuUs - last.cpuUs - (one.idleUsPerSecond * (now.atMs - last.atMs)) / 1_000 : 0;
  }
}

export interface Delivered {
  expected: number;
  received: number;
}

/** @returns the expected and the received number of spans and log records together */
export async function countDelivery(
  { setUp, sink, backend }: Running,
  { during = async () => {}, ...options }: Omit<Load, 'sampledShare'> & { during?: () => Promise<void> },
): Promise<Delivered & { loaded: Loaded }> {
  const start = await whenQuiet(sink, setUp);
  const loading = load(backend.url, { ...options, sampledShare: setUp.sampledShare });
  const [loaded] = await Promise.all([loading, during()]);
  const end = await whenQuiet(sink, setUp, options.rate ? 12_000 : 0); // a retry may wait that long
  return {
    loaded,
    expected: setUp.each.spans * loaded.sampled + setUp.each.logs * loaded.answered,
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

function turned<Item>(items: Item[], by: number): Item[] {
  return [...items.slice(by % items.length), ...items.slice(0, by % items.length)];
}
