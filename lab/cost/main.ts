// What does tracing cost? make bench; make bench QUICK=1 in two minutes. Writes docs/cost.md, cost.json and cost.svg.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres.ts';
import { drawChart } from './chart.ts';
import { figuresOf, spread } from './figures.ts';
import { writePage } from './page.ts';
import { type Share, sharesOf } from './profile.ts';
import {
  type Delivered,
  delivered,
  type LoadCase,
  loadOnce,
  measure,
  observe,
  type Running,
  type Sample,
  start,
  usagesOf,
} from './rounds.ts';
import { bare, type SetUp, setUps, steps } from './set-ups.ts';

const isQuick = Boolean(process.env.QUICK);
/** Processes that do the same differ by some percent, from their start on: several are measured. */
const generations = isQuick ? 1 : 4;
const stepGenerations = 3;
const roundsOfEach = 2;
const slices = isQuick ? 2 : 6;
const warmUpRequests = isQuick ? 5_000 : 20_000;
const stepCase = { name: '16 connections', connections: 16, requests: 1_000 };
const cases: (LoadCase & { requests: number })[] = [
  { name: '1 connection', connections: 1, requests: 500 },
  stepCase,
  { name: '64 connections', connections: 64, requests: 1_000 },
  { name: '500 a second', rate: 500, requests: 500 },
];
const profiled = ['bare', 'ours, traces and logs', 'stock'];

const startedAt = Date.now();
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
const postgres = await startPostgres();
let running: Running[] = [];
const starts: Record<string, number[]> = {};
const peaks: Record<string, number[]> = {};
const deliveries: Record<string, Delivered[]> = {};
const samples: Sample[] = [];
const stepSamples: Sample[] = [];
const profiles: { setUp: string; shares: Share[]; requests: number }[] = [];

try {
  for (let generation = 1; generation <= generations; generation++) {
    await startAll(setUps, `processes ${generation} of ${generations}`, warmUpRequests);
    samples.push(...(await measureAll(cases)));
    if (generation === generations) await profileAll();
    await Promise.all(
      running.map(async (one) => {
        note(starts, one.setUp.name, one.backend.startMs);
        note(deliveries, one.setUp.name, await delivered(one));
        note(peaks, one.setUp.name, (await one.backend.usage()).peakBytes / 2 ** 20);
      }),
    );
    await stopAll();
  }
  if (!isQuick) {
    for (let generation = 1; generation <= stepGenerations; generation++) {
      // in turns: a process that waits while the others warm up begins with what V8 has thrown away meanwhile, which would hide a step
      await startAll(steps, `step by step, processes ${generation} of ${stepGenerations}`, 1_000);
      stepSamples.push(...(await measureAll([stepCase])));
      await stopAll();
    }
  }

  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`,
    rounds: generations * roundsOfEach,
    generations,
    stepRounds: isQuick ? 0 : stepGenerations * roundsOfEach,
    setUps: setUps.map(({ name, what }) => ({
      name,
      what,
      requests: samples.filter(({ setUp }) => setUp === name).reduce((sum, { answered }) => sum + answered, 0),
      delivered: sumOf(deliveries[name] as Delivered[]),
      peakMiB: spread(peaks[name] as number[]),
      startMs: spread(starts[name] as number[]),
    })),
    figures: cases.flatMap(({ name }) => setUps.map((setUp) => figuresOf(samples, setUp.name, name, bare.name))),
    steps: isQuick
      ? []
      : steps.map(({ name, env }) => ({
          ...figuresOf(stepSamples, name, stepCase.name, bare.name),
          settings: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
        })),
    profiles: profiles.map(({ setUp, shares, requests }) => ({
      setUp,
      usPerRequest: shares.map(({ where, ms }) => ({ where, us: (ms * 1_000) / requests })),
    })),
  };
  if (!isQuick) {
    writeFileSync('lab/results/cost.json', `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync('lab/results/cost.svg', drawChart(results));
    writeFileSync('docs/cost.md', writePage(results));
    say('written: docs/cost.md, lab/results/cost.json, lab/results/cost.svg');
  }
  for (const { setUp, loadCase, cpuUsPerRequest, ratio } of [...results.figures, ...results.steps]) {
    const range = `${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}`;
    console.log(
      `${loadCase.padEnd(15)} ${setUp.padEnd(36)} ${cpuUsPerRequest.median.toFixed(0).padStart(4)} µs  ${ratio.median.toFixed(2)} (${range})`,
    );
  }
  for (const { name, delivered } of results.setUps) console.log(`delivered: ${name.padEnd(22)}`, delivered);
} catch (error) {
  console.error(interruption.signal.aborted ? interruption.signal.reason.message : error);
  process.exitCode = 1;
} finally {
  await stopAll();
  await postgres.stop();
  rmSync(directory, { recursive: true });
}

/** Starts all, and loads each until V8 has compiled most of it. @param slice how many requests one gets before it is the next one's turn */
async function startAll(all: SetUp[], what: string, slice: number): Promise<void> {
  for (const setUp of all) running.push(await start(setUp, postgres, randomUUID()));
  const answers = running.map(({ setUp, backend }) => `${setUp.name} answers after ${backend.startMs.toFixed(0)} ms`);
  say(`${what}: ${answers.join(', ')}`);
  await Promise.all(running.map(observe));
  for (let sent = 0; sent < warmUpRequests; sent += slice)
    for (const one of running) await loadOnce(one, { name: 'warm-up', connections: 32 }, slice);
}

async function measureAll(loadCases: typeof cases): Promise<Sample[]> {
  const found: Sample[] = [];
  let before = await usagesOf(running);
  for (let round = 1; round <= roundsOfEach; round++) {
    for (const loadCase of loadCases) {
      const measured = await measure(running, before, { ...loadCase, slices });
      before = measured.after;
      found.push(...measured.samples);
      const figures = measured.samples.map(({ setUp, cpuUsPerRequest }) => `${setUp} ${cpuUsPerRequest.toFixed(0)}`);
      say(`round ${round} of ${roundsOfEach}, ${loadCase.name}, CPU in µs a request: ${figures.join(', ')}`);
    }
  }
  return found;
}

async function profileAll(): Promise<void> {
  for (const one of running.filter(({ setUp }) => profiled.includes(setUp.name))) {
    const path = join(directory, 'profile.json');
    const write = await one.backend.profile();
    const { answered } = await loadOnce(one, { name: 'profile', connections: 16 }, warmUpRequests);
    await write(path);
    profiles.push({ setUp: one.setUp.name, shares: sharesOf(path), requests: answered });
    say(`profile of ${one.setUp.name}`);
  }
}

async function stopAll(): Promise<void> {
  for (const { backend, sink } of running) {
    await backend.stop();
    sink.stop();
  }
  running = [];
}

function sumOf(all: Delivered[]): Delivered {
  const of = (what: 'spans' | 'logs') => ({
    expected: all.reduce((sum, one) => sum + one[what].expected, 0),
    received: all.reduce((sum, one) => sum + one[what].received, 0),
  });
  return { spans: of('spans'), logs: of('logs') };
}

function note<Value>(all: Record<string, Value[]>, name: string, value: Value): void {
  all[name] = [...(all[name] ?? []), value];
}

function say(what: string): void {
  interruption.signal.throwIfAborted();
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${what}`);
}
