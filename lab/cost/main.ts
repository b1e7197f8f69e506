// make bench: compares the cost of all setups. Writes docs/cost.md and lab/results/cost.json.
// QUICK=1 compares ours and two peers in a few minutes and writes no results. GENERATIONS and ROUNDS set duration and precision.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../../test/support/postgres.ts';
import { median, ratioOf, type Sample } from './figures.ts';
import { load } from './load.ts';
import { type CountedResults, type Results, readCountedResults, writePage } from './page.ts';
import { installPeer } from './peers.ts';
import { countDelivery, type Delivered, type LoadCase, Meter, measureIdle, type Running, start, verify } from './rounds.ts';
import { bare, type SetUp, savings, setUps } from './set-ups.ts';

const isQuick = Boolean(process.env.QUICK);
const generations = Number(process.env.GENERATIONS ?? (isQuick ? 1 : 5));
const rounds = Number(process.env.ROUNDS ?? (isQuick ? 5 : 4));
const warmUpRequests = Number(process.env.WARM_UP ?? (isQuick ? 5_000 : 26_000));
const compared = setUps.filter((setUp) => setUp.isQuick || !isQuick);
const saving = savings.filter((setUp) => setUp.isQuick || !isQuick);
const loadCases: LoadCase[] = [
  { name: '1 connection', connections: 1, requests: 300 },
  { name: '16 connections', connections: 16, requests: 1_000 },
  { name: '64 connections', connections: 64, requests: 1_000 },
];
const savingCase = loadCases[1] as LoadCase;
const fixedRate = { rate: 200, requests: 400 };
const saturation = { connections: 64, requests: 6_000 };
const outage = { rate: 30, requests: 2_100, downAfterMs: 3_000, downMs: 60_000 };

interface Noted {
  startMs: number[];
  peakMiB: number[];
  idleUs: number[];
  p50Ms: number[];
  p99Ms: number[];
  perSecond: number[];
  saturated: Delivered[];
  outage: Delivered[];
}
const noted = new Map<string, Noted>();
const samples: Sample[] = [];

const counted = isQuick ? undefined : readCountedResults();
const startedAt = Date.now();
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
for (const { peer } of compared) if (peer) installPeer(peer);
const postgres = await startPostgres('max_connections=400'); // each setup has a pool
let running: Running[] = [];

try {
  for (let generation = 1; generation <= generations; generation += 1) {
    await measureGeneration(generation);
    await stopAll();
  }
  report();
} catch (error) {
  console.error(interruption.signal.aborted ? interruption.signal.reason.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
  await postgres.stop();
}

async function measureGeneration(generation: number): Promise<void> {
  const isLast = generation === generations;
  for (const setUp of [...compared, ...saving]) {
    const one = await start(setUp, postgres, randomUUID());
    running.push(one);
    noteOf(one).startMs.push(one.backend.startMs);
  }
  progress(generation, 'started');
  if (generation === 1) {
    await Promise.all(running.map(verify));
    progress(generation, 'each setup creates the declared spans and log records');
  }
  for (let sent = 0; sent < warmUpRequests; sent += 1_000) {
    for (const { backend, setUp } of running) {
      interruption.signal.throwIfAborted();
      await load(backend.url, { requests: 1_000, connections: 32, sampledShare: setUp.sampledShare });
    }
  }
  await measureIdle(running, 4);
  for (const one of running) noteOf(one).idleUs.push(one.idleUsPerSecond);
  progress(generation, 'warm');

  const meter = new Meter();
  for (const one of running) await meter.read(one);
  const main = running.slice(0, compared.length);
  for (let round = 0; round < rounds; round += 1) {
    for (const loadCase of loadCases) {
      const all = loadCase === savingCase ? running : main;
      const measured = await meter.measure(all, loadCase, generation, round);
      samples.push(...measured);
      const figures = measured.map(({ setUp, perRequest }) => `${setUp} ${perRequest.toFixed(0)}`);
      progress(generation, `round ${round + 1} of ${rounds}, ${loadCase.name}, CPU in µs: ${figures.join(', ')}`);
    }
  }
  for (const one of main) {
    const { p50Ms, p99Ms } = await load(one.backend.url, { ...fixedRate, sampledShare: one.setUp.sampledShare });
    noteOf(one).p50Ms.push(p50Ms);
    noteOf(one).p99Ms.push(p99Ms);
  }
  for (const one of main) noteOf(one).peakMiB.push((await one.backend.usage()).peakBytes / 2 ** 20);
  if (generation === 1 || isLast) await saturate(main);
  if (isLast && !isQuick) await interrupt(main);
}

/** A load without pauses. Queues drop what they cannot deliver. */
async function saturate(all: Running[]): Promise<void> {
  for (const one of all) {
    const { loaded, ...delivered } = await countDelivery(one, saturation);
    noteOf(one).saturated.push(delivered);
    noteOf(one).perSecond.push(loaded.perSecond);
    progress(generations, `${one.setUp.name}: ${delivered.received} of ${delivered.expected} at saturation`);
  }
}

/** Each receiver is down for a minute, at a low request rate. */
async function interrupt(all: Running[]): Promise<void> {
  await Promise.all(
    all.map(async (one) => {
      const during = async () => {
        await pause(outage.downAfterMs);
        await one.sink.down();
        await pause(outage.downMs);
        await one.sink.up();
      };
      const { loaded: _, ...delivered } = await countDelivery(one, { ...outage, during });
      noteOf(one).outage.push(delivered);
      progress(generations, `${one.setUp.name}: ${delivered.received} of ${delivered.expected} through the outage`);
    }),
  );
}

function report(): void {
  const rowOf = (setUp: SetUp): Results['rows'][number] => {
    const all = noteOf({ setUp });
    return {
      name: setUp.name,
      what: setUp.what,
      each: setUp.each,
      ratios: loadCases.map(({ name }) => ratioOf(samples, setUp.name, bare.name, name)),
      cpuUs: loadCases.map(({ name }) =>
        median(samples.filter((each) => each.setUp === setUp.name && each.loadCase === name).map(({ perRequest }) => perRequest)),
      ),
      startMs: median(all.startMs),
      peakMiB: median(all.peakMiB),
      idleMs: median(all.idleUs) / 1_000,
      p50Ms: median(all.p50Ms),
      p99Ms: median(all.p99Ms),
      perSecond: median(all.perSecond),
      saturated: share(all.saturated),
      outage: share(all.outage),
    };
  };
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`,
    loadAverage: loadavg()[2] as number,
    minutes: (Date.now() - startedAt) / 60_000,
    generations,
    rounds,
    warmUpRequests,
    loadCases,
    fixedRate: fixedRate.rate,
    outage,
    rows: compared.map(rowOf),
    savings: saving.map(({ name, what }) => ({
      name,
      what,
      ratio: ratioOf(samples, name, bare.name, savingCase.name),
      ofAll: ratioOf(samples, name, 'ours, traces and logs', savingCase.name),
    })),
  };
  for (const { name, ratios } of results.rows) {
    const texts = ratios.map(({ mean, margin }) => `${mean.toFixed(2)}${margin === undefined ? '' : ` ± ${margin.toFixed(2)}`}`);
    console.log(name.padEnd(32), texts.map((text) => text.padEnd(12)).join(' '));
  }
  for (const { name, ratio } of results.savings) console.log(name.padEnd(32), ''.padEnd(12), ratio.mean.toFixed(2));
  if (isQuick) return;
  writeFileSync('lab/results/cost.json', `${JSON.stringify({ ...results, samples }, undefined, 1)}\n`);
  writeFileSync('docs/cost.md', writePage(results, counted as CountedResults));
  console.log('written: docs/cost.md, lab/results/cost.json');
}

function noteOf({ setUp: { name } }: { setUp: SetUp }): Noted {
  const known = noted.get(name);
  if (known) return known;
  const empty = { startMs: [], peakMiB: [], idleUs: [], p50Ms: [], p99Ms: [], perSecond: [], saturated: [], outage: [] };
  noted.set(name, empty);
  return empty;
}

/** @returns the delivered share, or undefined if nothing was expected. At most 1, although some setups create additional spans for new connections */
function share(all: Delivered[]): number | undefined {
  const sum = (what: keyof Delivered) => all.reduce((total, each) => total + each[what], 0);
  return sum('expected') === 0 ? undefined : Math.min(1, sum('received') / sum('expected'));
}

async function stopAll(): Promise<void> {
  const stopping = running;
  running = [];
  await Promise.all(
    stopping.map(async ({ backend, sink }) => {
      await backend.stop();
      sink.stop();
    }),
  );
}

function progress(generation: number, what: string): void {
  interruption.signal.throwIfAborted();
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4);
  console.log(`${seconds} s  processes ${generation} of ${generations}: ${what}`);
}
