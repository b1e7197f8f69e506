// What does tracing cost? make bench; make bench QUICK=1 in two minutes. Writes docs/cost.md, cost.json and cost.svg.
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
import { bare, setUps } from './set-ups.ts';

const isQuick = Boolean(process.env.QUICK);
/** Processes that do the same differ by some percent, from their start on: several are measured. */
const generations = isQuick ? 1 : 4;
const roundsOfEach = 2;
const slices = isQuick ? 2 : 6;
const warmUpRequests = isQuick ? 5_000 : 20_000;
const cases: (LoadCase & { requests: number })[] = [
  { name: '1 connection', connections: 1, requests: 500 },
  { name: '16 connections', connections: 16, requests: 1_000 },
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
const profiles: { setUp: string; shares: Share[]; requests: number }[] = [];

try {
  for (let generation = 1; generation <= generations; generation++) {
    for (const setUp of setUps) {
      const started = await start(setUp, postgres, `${setUp.name} ${generation}`);
      running.push(started);
      note(starts, setUp.name, started.backend.startMs);
    }
    say(
      `processes ${generation} of ${generations}: ${running.map(({ setUp, backend }) => `${setUp.name} answers after ${backend.startMs.toFixed(0)} ms`).join(', ')}`,
    );
    await Promise.all(running.map(observe));
    for (const one of running) await loadOnce(one, { name: 'warm-up', connections: 32 }, warmUpRequests);

    let before = await usagesOf(running);
    for (let round = 1; round <= roundsOfEach; round++) {
      for (const loadCase of cases) {
        const measured = await measure(running, before, { ...loadCase, slices });
        before = measured.after;
        samples.push(...measured.samples);
        const figures = measured.samples.map(({ setUp, cpuUsPerRequest }) => `${setUp} ${cpuUsPerRequest.toFixed(0)}`);
        say(`round ${round} of ${roundsOfEach}, ${loadCase.name}, CPU in µs a request: ${figures.join(', ')}`);
      }
    }
    if (generation === generations) await profileAll();
    await Promise.all(
      running.map(async (one) => {
        note(deliveries, one.setUp.name, await delivered(one));
        note(peaks, one.setUp.name, (await one.backend.usage()).peakBytes / 2 ** 20);
      }),
    );
    await stopAll();
  }

  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`,
    rounds: generations * roundsOfEach,
    generations,
    setUps: setUps.map(({ name, what }) => ({
      name,
      what,
      requests: samples.filter(({ setUp }) => setUp === name).reduce((sum, { answered }) => sum + answered, 0),
      delivered: sumOf(deliveries[name] as Delivered[]),
      peakMiB: spread(peaks[name] as number[]),
      startMs: spread(starts[name] as number[]),
    })),
    figures: cases.flatMap(({ name }) => setUps.map((setUp) => figuresOf(samples, setUp.name, name, bare.name))),
    profiles: profiles.map(({ setUp, shares, requests }) => ({
      setUp,
      usPerRequest: shares.map(({ where, ms }) => ({ where, us: (ms * 1_000) / requests })),
    })),
  };
  if (!isQuick) {
    writeFileSync('docs/cost.json', `${JSON.stringify(results, undefined, 2)}\n`);
    writeFileSync('docs/cost.svg', drawChart(results));
    writeFileSync('docs/cost.md', writePage(results));
    say('written: docs/cost.md, docs/cost.json, docs/cost.svg');
  }
  for (const { setUp, loadCase, cpuUsPerRequest, ratio } of results.figures) {
    const range = `${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}`;
    console.log(
      `${loadCase.padEnd(15)} ${setUp.padEnd(22)} ${cpuUsPerRequest.median.toFixed(0).padStart(4)} µs  ${ratio.median.toFixed(2)} (${range})`,
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
    made: all.reduce((sum, one) => sum + one[what].made, 0),
    arrived: all.reduce((sum, one) => sum + one[what].arrived, 0),
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
