// make instructions: counts the instructions of all setups per request. Writes docs/cost.md, lab/results/instructions.json and cost.svg.
// They show small differences, which CPU time does not. Run it on an idle machine: if the compiler's threads have to wait, V8 compiles other code.
// GENERATIONS sets the number of processes per setup; the settings that reduce the cost have one, and one load. SETUPS=name;name counts only these and bare,
// and writes no results.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { startPostgres } from '../../test/support/postgres.ts';
import { buildPackage } from './build-package.ts';
import { drawChart } from './chart.ts';
import { createEmulator } from './emulator.ts';
import { intervalOf, meanOf, median, processesOf, type Sample, spreadOf, spreadText } from './figures.ts';
import { type CountedResults, readCpuResults, writePage } from './page.ts';
import { installPeer } from './peers.ts';
import { type LoadCase, measureRounds, type Plan, start } from './rounds.ts';
import { bare, type SetUp, savings, setUps } from './set-ups.ts';

const all = [...setUps, ...savings];
const chosen = process.env.SETUPS?.split(';');
const unknown = chosen?.filter((name) => !all.some((setUp) => setUp.name === name)) ?? [];
if (unknown.length > 0) throw new Error(`SETUPS: there is no ${unknown.join(', ')}; see lab/cost/set-ups.ts`);
/** Without Sentry, of which one process takes ten minutes. */
const counted = all.filter(({ name }) => (chosen ? name === bare.name || chosen.includes(name) : name !== 'Sentry'));
const generations = Number(process.env.GENERATIONS ?? 6);
/** An emulated service is some ten times slower: with the usual delay, it would send smaller batches. */
const slowly = { DATABASE_TIMEOUT_MS: '60000', OTEL_BSP_SCHEDULE_DELAY: '5000', OTEL_BLRP_SCHEDULE_DELAY: '5000' };
const waitsMs = 5_500;
const plan: Plan = {
  /** V8 compiles for as long. Later it only recompiles in some rounds, so the median of the rounds counts. */
  warmUpRequests: 24_000,
  rounds: 5,
  requests: 1_000,
  loadCases: [
    { name: '1 connection', connections: 1 },
    { name: '16 connections', connections: 16 },
    { name: '64 connections', connections: 64 },
  ],
  idleMs: 5_000,
};
/** The only load at which savings are compared. */
const savingCase = plan.loadCases[1] as LoadCase;

const startedAt = Date.now();
const samples: Sample[] = [];
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));

const emulator = createEmulator();
buildPackage();
for (const { peer } of counted) if (peer) installPeer(peer);
const postgres = await startPostgres('max_connections=400');
try {
  const waiting = Array.from({ length: generations }, (_, index) =>
    counted.filter((setUp) => index === 0 || !savings.includes(setUp)).map((setUp) => ({ setUp, generation: index + 1 })),
  ).flat();
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await count(next.setUp, next.generation);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  report();
} catch (error) {
  console.error(interruption.signal.aborted ? interruption.signal.reason.message : error);
  interruption.abort(error); // ends the other processes
  process.exitCode = 1;
} finally {
  await postgres.stop();
  emulator.remove();
}

async function count(setUp: SetUp, generation: number): Promise<void> {
  const { runner, executed } = emulator.run();
  const isSaving = savings.includes(setUp);
  const loadCases = isSaving ? [savingCase] : plan.loadCases;
  const rounds = isSaving ? plan.rounds * plan.loadCases.length : plan.rounds; // as many requests as the other setups get
  const { backend, sink } = await start({ ...setUp, env: { ...setUp.env, ...slowly } }, postgres, randomUUID(), runner);
  try {
    const [{ measured } = { measured: [] }] = await measureRounds(
      [{ setUp, backend, sink }],
      { ...plan, loadCases, rounds },
      {
        read: executed,
        waitsMs,
        signal: interruption.signal,
      },
    );
    const own = measured.map(({ loadCase, perRequest }) => ({ setUp: setUp.name, loadCase, generation, perRequest }));
    samples.push(...own);
    const figures = loadCases.map(({ name }) =>
      own.filter(({ loadCase }) => loadCase === name).map(({ perRequest }) => (perRequest / 1_000).toFixed(0)),
    );
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4);
    const texts = figures.map((each) => each.join(' ')).join(', ');
    console.log(`${seconds} s  process ${generation} of ${generations}: ${setUp.name}, thousands per request: ${texts}`);
  } finally {
    await backend.stop();
    sink.stop();
  }
}

/** One for each process. V8 may compile once more in one of its rounds, which the median leaves out. */
function mediansOf(setUp: string, loadCase: string): number[] {
  return processesOf(samples, setUp, loadCase).map((own) => median(own.map(({ perRequest }) => perRequest)));
}

function report(): void {
  const compared = counted.filter((setUp) => !savings.includes(setUp));
  const mediansOfAll = compared.flatMap(({ name }) => plan.loadCases.map((loadCase) => mediansOf(name, loadCase.name)));
  const ratioOf = (name: string, loadCase: LoadCase) => {
    const base = meanOf(mediansOf(bare.name, loadCase.name));
    return spreadOf(mediansOf(name, loadCase.name).map((each) => each / base));
  };
  const results: CountedResults = {
    date: new Date().toISOString().slice(0, 10),
    emulator: emulator.version,
    node: process.versions.node,
    generations,
    interval: (intervalOf(mediansOfAll) * Math.SQRT2) / Math.sqrt(generations), // √2: bare has the same relative error
    plan,
    thousands: plan.loadCases.map(({ name }) => meanOf(mediansOf(bare.name, name)) / 1_000),
    rows: compared.map(({ name }) => ({ name, ratios: plan.loadCases.map((loadCase) => ratioOf(name, loadCase)) })),
    savings: savings
      .filter((setUp) => counted.includes(setUp))
      .map(({ name }) => ({ name, ratio: ratioOf(name, savingCase).mean })),
  };
  for (const { name, ratios } of results.rows) console.log(name.padEnd(32), ratios.map(spreadText).join(', '));
  for (const { name, ratio } of results.savings) console.log(name.padEnd(32), ratio.toFixed(2));
  if (chosen || generations < 2) return; // one process has no interval
  writeFileSync('lab/results/instructions.json', `${JSON.stringify({ ...results, samples }, undefined, 1)}\n`);
  writeFileSync('lab/results/cost.svg', drawChart(results));
  writeFileSync('docs/cost.md', writePage(readCpuResults(), results));
  console.log('written: docs/cost.md, lab/results/instructions.json, lab/results/cost.svg');
}
