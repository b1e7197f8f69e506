// What does load cost each part, and what then would more of it? make scale, against the stack in containers. Writes docs/capacity.md and scale.json.
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { compose } from '../../test/docker/stack.ts';
import { demoDatabase } from '../../test/support/demo-database.ts';
import { buildPackage } from '../cost/build-package.ts';
import { load } from '../cost/load.ts';
import { type Measured, startBackend } from '../cost/measured.ts';
import { setUps } from '../cost/set-ups.ts';
import { type Results, writePage } from './page.ts';
import { diskBytes, numbersTable, type StackUsage, usageOfStack } from './usage.ts';

const ours = setUps.find(({ name }) => name === 'ours, traces and logs');
if (!ours) throw new Error('set-ups.ts has another name for it');
const { host, port, database, user, password } = demoDatabase();
const env = {
  PGHOST: host,
  PGPORT: String(port),
  PGDATABASE: database,
  PGUSER: user,
  PGPASSWORD: password,
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${process.env.OTLP_GRPC_PORT}`,
};

const replicas = [1, 2, 4];
const warmUpRequests = 5_000;
const requests = Number(process.argv[2] ?? 60_000);

buildPackage();
compose('stop', 'frontend'); // its emitter would count among the load; make up starts it again, should this be interrupted
const before = await settled();
const diskBefore = { tempo: diskBytes('tempo-data'), loki: diskBytes('loki-data') };
const tableBefore = await numbersTable();

const rates: Results['rates'] = [];
for (const count of replicas) {
  const backends = await Promise.all(Array.from({ length: count }, () => startBackend(ours, env)));
  await loadAll(backends, warmUpRequests);
  const cpuBefore = await cpuOf(backends);
  const startedAt = performance.now();
  await loadAll(backends, requests);
  const seconds = (performance.now() - startedAt) / 1_000;
  await pause(1_000); // longer than their queues wait
  rates.push({ replicas: count, perSecond: requests / seconds, backendCpuUs: ((await cpuOf(backends)) - cpuBefore) / requests });
  await Promise.all(backends.map((backend) => backend.stop()));
  console.log(`replicas: ${count}, ${(requests / seconds).toFixed(0)} requests a second`);
}

console.log('waiting until the stores are done');
const after = await settled();
const table = await numbersTable();
await pause(60_000); // Tempo writes its blocks
compose('start', 'frontend');
const disk = { tempo: diskBytes('tempo-data') - diskBefore.tempo, loki: diskBytes('loki-data') - diskBefore.loki };

const written = table.rows - tableBefore.rows;
const spans = after.spans - before.spans;
const logRecords = after.logRecords - before.logRecords;
const cpuUs = (part: keyof StackUsage['cpuSeconds'], each: number) =>
  ((after.cpuSeconds[part] - before.cpuSeconds[part]) * 1e6) / each;
const results: Results = {
  date: new Date().toISOString().slice(0, 10),
  rates,
  written,
  arrived: { spans, logRecords },
  each: {
    backendUsPerRequest: rates[0]?.backendCpuUs ?? Number.NaN,
    postgresUsPerRow: cpuUs('postgres', written),
    collectorUsPerItem: cpuUs('collector', spans + logRecords),
    tempoUsPerSpan: cpuUs('tempo', spans),
    lokiUsPerLogRecord: cpuUs('loki', logRecords),
    tempoBytesPerSpan: disk.tempo / spans,
    lokiBytesPerLogRecord: disk.loki / logRecords,
    postgresBytesPerRow: (table.bytes - tableBefore.bytes) / written,
  },
  memoryMiB: Object.fromEntries(Object.entries(after.memoryBytes).map(([part, bytes]) => [part, bytes / 2 ** 20])),
};
writeFileSync('lab/results/scale.json', `${JSON.stringify(results, undefined, 2)}\n`);
writeFileSync('docs/capacity.md', writePage(results));
console.log(results, 'written: docs/capacity.md, lab/results/scale.json');

async function loadAll(backends: Measured[], all: number): Promise<void> {
  const share = { requests: Math.round(all / backends.length), connections: 32 / backends.length, sampledShare: 1 };
  await Promise.all(backends.map(({ url }) => load(url, share)));
}

async function cpuOf(backends: Measured[]): Promise<number> {
  const usages = await Promise.all(backends.map((backend) => backend.usage()));
  return usages.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
}

/** What Prometheus says once two of its rounds (15 s) have seen no new span. */
async function settled(): Promise<StackUsage> {
  for (let last = -Infinity; ; ) {
    const usage = await usageOfStack();
    if (usage.spans === last) return usage;
    last = usage.spans;
    await pause(20_000);
  }
}
