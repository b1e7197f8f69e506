// make instructions: counts the instructions of all setups per request. Writes lab/results/instructions.json and docs/cost.md.
// They show small differences, which CPU time does not: they hardly depend on what else the machine does, and differ little between processes.
// GENERATIONS sets the number of processes per setup; SETUPS=name;name counts only these, and writes no results.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, startPostgres } from '../../test/support/postgres.ts';
import { createEmulator } from './emulator.ts';
import { meanOf, meansOf, pooledMarginOf, type Sample } from './figures.ts';
import { load } from './load.ts';
import { startBackend, startSink } from './measured.ts';
import { type CountedResults, readCpuResults, writePage } from './page.ts';
import { installPeer } from './peers.ts';
import { bare, type SetUp, savings, setUps } from './set-ups.ts';

const chosen = process.env.SETUPS?.split(';');
const counted = [...setUps, ...savings].filter(({ name }) => !chosen || chosen.includes(name));
const generations = Number(process.env.GENERATIONS ?? 2);
/** V8 compiles for as long: the number of instructions per request falls until then, and is constant from then on. */
const warmUpRequests = 26_000;
const rounds = 8;
const requests = 1_000;
const connections = 16;
const loadCase = `${connections} connections`;
const idleMs = 10_000;

const startedAt = Date.now();
const samples: Sample[] = [];
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));

const emulator = createEmulator();
for (const { peer } of counted) if (peer) installPeer(peer);
const postgres = await startPostgres('max_connections=400');
try {
  const waiting = Array.from({ length: generations }, (_, index) =>
    counted.map((setUp) => ({ setUp, generation: index + 1 })),
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
  const sink = await startSink();
  const env = { ...sink.settings(setUp), ...(await createDatabase(postgres, randomUUID())), DATABASE_TIMEOUT_MS: '60000' };
  const backend = await startBackend(setUp, env, runner);
  const send = () => {
    interruption.signal.throwIfAborted();
    return load(backend.url, { requests, connections, sampledShare: setUp.sampledShare });
  };
  try {
    for (let sent = 0; sent < warmUpRequests; sent += requests) await send();
    await pause(setUp.waitsMs);
    const idle = executed();
    await pause(idleMs);
    const idlePerMs = (executed() - idle) / idleMs; // timers and metrics rather than requests
    const own: Sample[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const before = { executed: executed(), atMs: performance.now() };
      const { answered } = await send();
      if (round === rounds) await pause(setUp.waitsMs); // for the export of the last spans
      const inRequests = executed() - before.executed - idlePerMs * (performance.now() - before.atMs);
      own.push({ setUp: setUp.name, loadCase, generation, perRequest: inRequests / answered });
    }
    samples.push(...own);
    const figures = own.map(({ perRequest }) => (perRequest / 1_000).toFixed(0));
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4);
    console.log(
      `${seconds} s  process ${generation} of ${generations}: ${setUp.name}, thousands per request: ${figures.join(' ')}`,
    );
  } finally {
    await backend.stop();
    sink.stop();
  }
}

function report(): void {
  const results: CountedResults = {
    date: new Date().toISOString().slice(0, 10),
    emulator: emulator.version,
    node: process.versions.node,
    generations,
    rounds,
    warmUpRequests,
    connections,
    bare: perRequestOf(bare.name),
    ratios: Object.fromEntries(counted.map(({ name }) => [name, perRequestOf(name) / perRequestOf(bare.name)])),
    margin: pooledMarginOf(samples, loadCase),
  };
  for (const [name, ratio] of Object.entries(results.ratios)) console.log(name.padEnd(32), ratio.toFixed(3));
  console.log('±'.padEnd(32), `${(results.margin * 100).toFixed(1)} %`);
  if (chosen) return;
  writeFileSync('lab/results/instructions.json', `${JSON.stringify({ ...results, samples }, undefined, 1)}\n`);
  writeFileSync('docs/cost.md', writePage(readCpuResults(), results));
  console.log('written: docs/cost.md, lab/results/instructions.json');
}

function perRequestOf(setUp: string): number {
  return meanOf(meansOf(samples, setUp, loadCase));
}
