// make soak: checks whether memory, files or connections grow over time. MINUTES=5 shortens it. Writes lab/results/soak.md and soak.json.
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase, startPostgres } from '../../test/support/postgres.ts';
import { startSink } from '../cost/measured.ts';
import { counter } from './count.ts';
import { type Results, writePage } from './page.ts';
import { run } from './run.ts';
import { type Soaked, startSoaked } from './soaked.ts';
import { judge, summaryOf } from './verdict.ts';

const minutes = Number(process.env.MINUTES ?? 60);
const perSecond = Number(process.env.RATE ?? 50);
if (process.platform !== 'linux') fail('make soak reads /proc and needs Linux');
if (!(minutes >= 1 && perSecond > 0)) fail('make soak: MINUTES must be 1 or more, and RATE (writes per second) more than 0');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const postgres = await startPostgres();
const sink = await startSink();
const services: Soaked[] = [];
try {
  const database = await createDatabase(postgres, 'soak');
  const env = { ...database, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.grpcPort}`, EMIT_INTERVAL_MS: '0' };
  const backend = await startSoaked('backend', env);
  services.push(backend);
  const frontend = await startSoaked('frontend', { ...env, BACKEND_PORT: new URL(backend.url).port });
  services.push(frontend);
  const arrived = counter(database, sink, services);
  await pause(2_000); // the log records of the start are in flight
  const before = await arrived.count();

  const { writes, warmUpSeconds, heapsMiB } = await run(frontend.url, services, perSecond, minutes * 60, stopping.signal);

  const { sent, answered, failures, latencyUs } = writes;
  const counts = { sent, answered, ...(await arrived.countSince(before, answered)) };
  const summaries = services.map((service, place) => summaryOf(service, warmUpSeconds, heapsMiB[place] as never));
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}`,
    minutes,
    perSecond,
    counts,
    failures,
    latencyMs: { p50: latencyUs.percentile(50) / 1_000, p99: latencyUs.percentile(99) / 1_000, max: latencyUs.max / 1_000 },
    services: summaries,
    verdict: judge(counts, summaries, minutes, services.map((service) => service.complaints()).join('')),
  };
  const samples = Object.fromEntries(services.map((service) => [service.name, service.samples]));
  writeFileSync('lab/results/soak.json', `${JSON.stringify({ ...results, samples })}\n`);
  writeFileSync('lab/results/soak.md', writePage(results));
  for (const { what, isRight } of results.verdict) console.log(`${isRight ? 'ok    ' : 'FAILED'}  ${what}`);
  process.exitCode = results.verdict.every(({ isRight }) => isRight) ? 0 : 1;
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  console.log('stopped: no results written');
  process.exitCode = 1;
} finally {
  for (const service of services.toReversed()) await service.stop();
  sink.stop();
  await postgres.stop();
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(64);
}
