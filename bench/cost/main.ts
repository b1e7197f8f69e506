// What does tracing cost? make bench; make bench QUICK=1 in two minutes. Writes docs/cost.md, cost.json and cost.svg.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres.ts';
import { drawChart } from './chart.ts';
import { figuresOf, spread } from './figures.ts';
import { writePage } from './page.ts';
import { type Share, sharesOf } from './profile.ts';
import { delivered, type LoadCase, loadOnce, measure, type Running, type Sample, start } from './rounds.ts';
import { bare, setUps } from './set-ups.ts';

const isQuick = Boolean(process.env.QUICK);
const roundCount = isQuick ? 3 : 7;
const startCount = isQuick ? 1 : 2;
const shrink = isQuick ? 5 : 1;
const slices = isQuick ? 2 : 6;
const cases: (LoadCase & { requests: number })[] = [
  { name: '1 connection', connections: 1, requests: 500 },
  { name: '16 connections', connections: 16, requests: 1_000 },
  { name: '64 connections', connections: 64, requests: 1_000 },
  { name: '500 a second', connections: 16, rate: 500, requests: 250 },
];
const profiled = ['bare', 'ours, traces and logs', 'stock'];

const startedAt = Date.now();
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const postgres = await startPostgres();
const running: Running[] = [];
const starts: Record<string, number[]> = {};
const samples: Sample[] = [];
const profiles: { setUp: string; shares: Share[]; requests: number }[] = [];

try {
  for (let count = 1; count <= startCount; count++) {
    for (const setUp of setUps) {
      const started = await start(setUp, postgres, `start ${count} ${setUp.name}`);
      starts[setUp.name] = [...(starts[setUp.name] ?? []), started.backend.startMs];
      say(`start ${count} of ${startCount}: ${setUp.name}, first 201 after ${started.backend.startMs.toFixed(0)} ms`);
      if (count === startCount) running.push(started);
      else await stop(started);
    }
  }

  const warmUp = { name: 'warm-up', connections: 32 };
  for (const one of running) await loadOnce(one, warmUp, 10_000 / shrink);

  for (let round = 1; round <= roundCount; round++) {
    for (const loadCase of cases) {
      const latest = await measure(running, { ...loadCase, slices });
      samples.push(...latest);
      const figures = latest.map(({ setUp, cpuUsPerRequest }) => `${setUp} ${cpuUsPerRequest.toFixed(0)}`);
      say(`round ${round} of ${roundCount}, ${loadCase.name}, CPU in µs a request: ${figures.join(', ')}`);
    }
  }

  for (const one of running.filter(({ setUp }) => profiled.includes(setUp.name))) {
    const path = join(directory, 'profile.json');
    const write = await one.backend.profile();
    const { answered } = await loadOnce(one, { name: 'profile', connections: 16 }, 10_000 / shrink);
    await write(path);
    profiles.push({ setUp: one.setUp.name, shares: sharesOf(path), requests: answered });
    say(`profile of ${one.setUp.name}`);
  }

  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`,
    rounds: roundCount,
    setUps: await Promise.all(
      running.map(async (one) => ({
        name: one.setUp.name,
        what: one.setUp.what,
        each: one.each,
        delivered: await delivered(one),
        requests: one.answered,
        peakMiB: (await one.backend.usage()).peakBytes / 2 ** 20,
        startMs: spread(starts[one.setUp.name] as number[]),
      })),
    ),
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
} finally {
  for (const one of running) await stop(one);
  await postgres.stop();
  rmSync(directory, { recursive: true });
}

async function stop({ backend, sink }: Running): Promise<void> {
  await backend.stop();
  sink.stop();
}

function say(what: string): void {
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${what}`);
}
