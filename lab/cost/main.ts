// make bench: compares the cost of all setups. Writes docs/cost.md and lab/results/cost.json.
// Takes more than an hour. QUICK=1 compares ours and two peers in a few minutes and writes no results. GENERATIONS sets the number of pairs per setup; the
// settings that reduce the cost have at most two.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../../test/support/postgres.ts';
import { buildPackage } from './build-package.ts';
import { intervalOf, meanOf, median, processesOf, type Sample, spreadOf, spreadText } from './figures.ts';
import { type Load, type Loaded, load } from './load.ts';
import { type CountedResults, type Results, readCountedResults, savingPairs, writePage } from './page.ts';
import { installPeer } from './peers.ts';
import { countDelivery, type Delivered, type LoadCase, measureRounds, type Plan, type Running, start, verify } from './rounds.ts';
import { bare, type SetUp, savings, setUps } from './set-ups.ts';

const isQuick = Boolean(process.env.QUICK);
const generations = Number(process.env.GENERATIONS ?? (isQuick ? 1 : 4));
const loadCases: LoadCase[] = [
  { name: '1 connection', connections: 1 },
  { name: '16 connections', connections: 16 },
  { name: '64 connections', connections: 64 },
];
const plan: Plan = {
  warmUpRequests: isQuick ? 10_000 : 26_000,
  rounds: isQuick ? 8 : 32,
  requests: 1_000,
  loadCases,
  idleMs: 2_500,
};
const compared = setUps.filter((setUp) => setUp.isQuick || !isQuick);
const saving = savings.filter((setUp) => setUp.isQuick || !isQuick);
/** The only load at which savings are compared. */
const savingCase = loadCases[1] as LoadCase;
const fixedRate = { rate: 200, requests: 1_000 };
const saturation = { connections: 64, requests: 10_000 };
/** For the throughput, in turn with bare. */
const saturationLoads = 3;
const outage = { rate: 30, requests: 2_100, downAfterMs: 3_000, downMs: 60_000, retryMs: 12_000 };

interface Noted {
  startMs: number[];
  peakMiB: number[];
  idleUs: number[];
  p50Ms: number[];
  p99Ms: number[];
  /** Requests per second at saturation: of bare, and of the others as a multiple of bare in the same pair. */
  throughput: number[];
  saturated?: Delivered;
  outage?: Delivered;
}
const noted = new Map<string, Noted>();
const samples: Sample[] = [];

const counted = isQuick ? undefined : readCountedResults();
const startedAt = Date.now();
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
buildPackage();
for (const { peer } of compared) if (peer) installPeer(peer);
const postgres = await startPostgres('max_connections=400'); // each setup has a pool
const running = new Set<Running>();

try {
  await measureDelivery();
  for (let generation = 1; generation <= generations; generation += 1)
    for (const setUp of [...compared, ...(generation <= savingPairs ? saving : [])])
      if (setUp !== bare) await measurePair(setUp, generation);
  report();
} catch (error) {
  console.error(interruption.signal.aborted ? interruption.signal.reason.message : error);
  process.exitCode = 1;
} finally {
  await Promise.all([...running].map(stop));
  await postgres.stop();
}

/** Verifies what all setups create, and counts what arrives of it: under a load without pauses, and while the receiver is down. */
async function measureDelivery(): Promise<void> {
  for (const setUp of [...compared, ...saving]) await startOne(setUp);
  progress('all started');
  await Promise.all([...running].map(verify));
  progress('each setup creates the declared spans and log records');
  let turn: Promise<unknown> = Promise.resolve();
  await Promise.all(
    [...running].map(async (one) => {
      if (saving.includes(one.setUp)) return stop(one);
      const sendAlone = () => {
        const loading = turn.then(() => send(one, saturation));
        turn = loading;
        return loading;
      };
      const delivered = await countDelivery(one, sendAlone);
      noteOf(one).saturated = delivered;
      progress(`${one.setUp.name}: ${delivered.received} of ${delivered.expected} at saturation`);
    }),
  );
  if (!isQuick) await Promise.all([...running].map(interrupt));
  await Promise.all([...running].map(stop));
}

/** The receiver is down for a minute, at a low request rate. */
async function interrupt(one: Running): Promise<void> {
  const sendDuringOutage = async () => {
    const loading = send(one, outage);
    await pause(outage.downAfterMs);
    await one.sink.down();
    await pause(outage.downMs);
    await one.sink.up();
    return loading;
  };
  const delivered = await countDelivery(one, sendDuringOutage, outage.retryMs);
  noteOf(one).outage = delivered;
  progress(`${one.setUp.name}: ${delivered.received} of ${delivered.expected} through the outage`);
}

/**
 * One process of the setup and one without telemetry take turns, so that the machine is equally fast for both. No other setup runs at the
 * same time: processes that wait long for their turn find their caches cold, which makes all setups look more alike.
 */
async function measurePair(setUp: SetUp, generation: number): Promise<void> {
  const pair = [await startOne(bare), await startOne(setUp)];
  const isSaving = saving.includes(setUp);
  const [base, own] = await measureRounds(pair, isSaving ? { ...plan, loadCases: [savingCase] } : plan, {
    read: async ({ backend }) => (await backend.usage()).cpuUs,
    waitsMs: setUp.waitsMs,
    signal: interruption.signal,
  });
  if (!base || !own) throw new Error('a pair has two processes');
  const both = own.measured.map(({ loadCase, perRequest }, place) => {
    return { setUp: setUp.name, loadCase, generation, perRequest, bare: base.measured[place]?.perRequest as number };
  });
  samples.push(...both);
  if (!isSaving) {
    const perSecond: number[][] = [[], []];
    for (let load = 1; load <= saturationLoads; load += 1)
      for (const [place, one] of pair.entries()) perSecond[place]?.push((await send(one, saturation)).perSecond);
    const [bareMedian = Number.NaN, ownMedian = Number.NaN] = perSecond.map(median);
    noteOf({ setUp: bare }).throughput.push(bareMedian);
    noteOf({ setUp }).throughput.push(ownMedian / bareMedian);
    await note(pair[0] as Running, base);
    await note(pair[1] as Running, own);
  }
  await Promise.all(pair.map(stop));
  const ratios = [...Map.groupBy(both, ({ loadCase }) => loadCase)].map(
    ([loadCase, rounds]) =>
      `${meanOf(rounds.map((each) => each.perRequest)).toFixed(0)} and ${meanOf(rounds.map((each) => each.bare)).toFixed(0)} at ${loadCase}`,
  );
  progress(`pair ${generation}: ${setUp.name} and bare, CPU in µs per request: ${ratios.join(', ')}`);
}

async function note(one: Running, { idlePerSecond }: { idlePerSecond: number }): Promise<void> {
  const { startMs, idleUs, p50Ms, p99Ms, peakMiB } = noteOf(one);
  const { p50Ms: p50, p99Ms: p99 } = await send(one, fixedRate);
  startMs.push(one.backend.startMs);
  idleUs.push(idlePerSecond);
  p50Ms.push(p50);
  p99Ms.push(p99);
  peakMiB.push((await one.backend.usage()).peakBytes / 2 ** 20);
}

/** One for each pair. */
function ratiosOf(setUp: string, loadCase: string): number[] {
  const pairs = processesOf(samples, setUp, loadCase);
  return pairs.map((own) => meanOf(own.map((each) => each.perRequest)) / meanOf(own.map((each) => each.bare as number)));
}

function report(): void {
  const rowOf = (setUp: SetUp): Results['rows'][number] => {
    const all = noteOf({ setUp });
    return {
      name: setUp.name,
      what: setUp.what,
      each: setUp.each,
      ratios: loadCases.map(({ name }) => spreadOf(setUp === bare ? [1] : ratiosOf(setUp.name, name))),
      startMs: median(all.startMs),
      peakMiB: median(all.peakMiB),
      idleMs: median(all.idleUs) / 1_000,
      p50Ms: median(all.p50Ms),
      p99Ms: median(all.p99Ms),
      throughput: median(all.throughput),
      saturated: share(all.saturated),
      outage: share(all.outage),
    };
  };
  const isCompared = (load: string) => (each: Sample) =>
    each.loadCase === load && compared.some(({ name }) => name === each.setUp);
  const others = compared.filter((setUp) => setUp !== bare);
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`,
    loadAverage: loadavg()[2] as number,
    minutes: (Date.now() - startedAt) / 60_000,
    generations,
    interval:
      intervalOf(others.flatMap(({ name }) => loadCases.map((each) => ratiosOf(name, each.name)))) / Math.sqrt(generations),
    plan,
    bareCpuUs: loadCases.map(({ name }) => meanOf(samples.filter(isCompared(name)).map((each) => each.bare as number))),
    fixedRate: fixedRate.rate,
    outage,
    saturation,
    rows: compared.map(rowOf),
    savings: saving.map(({ name, what }) => ({
      name,
      what,
      ratio: meanOf(ratiosOf(name, savingCase.name)),
    })),
  };
  for (const { name, ratios } of results.rows) console.log(name.padEnd(32), ratios.map(spreadText).join(', '));
  for (const { name, ratio } of results.savings) console.log(name.padEnd(32), ratio.toFixed(2));
  if (isQuick || generations < 2) return; // one pair has no interval
  writeFileSync('lab/results/cost.json', `${JSON.stringify({ ...results, samples }, undefined, 1)}\n`);
  writeFileSync('docs/cost.md', writePage(results, counted as CountedResults));
  console.log('written: docs/cost.md, lab/results/cost.json');
}

function noteOf({ setUp: { name } }: { setUp: SetUp }): Noted {
  const known = noted.get(name);
  if (known) return known;
  const empty = { startMs: [], peakMiB: [], idleUs: [], p50Ms: [], p99Ms: [], throughput: [] };
  noted.set(name, empty);
  return empty;
}

/** @returns the delivered share, or undefined if nothing was expected. At most 1, although some setups create additional spans for new connections */
function share({ expected, received }: Delivered = { expected: 0, received: 0 }): number | undefined {
  return expected === 0 ? undefined : Math.min(1, received / expected);
}

async function startOne(setUp: SetUp): Promise<Running> {
  interruption.signal.throwIfAborted();
  const one = await start(setUp, postgres, randomUUID());
  running.add(one);
  return one;
}

async function stop(one: Running): Promise<void> {
  running.delete(one);
  await one.backend.stop();
  one.sink.stop();
}

function send({ backend, setUp: { sampledShare } }: Running, options: Omit<Load, 'sampledShare'>): Promise<Loaded> {
  interruption.signal.throwIfAborted();
  return load(backend.url, { ...options, sampledShare });
}

function progress(what: string): void {
  interruption.signal.throwIfAborted();
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4);
  console.log(`${seconds} s  ${what}`);
}
