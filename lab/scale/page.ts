// Renders docs/capacity.md: the measured cost, and the calculated cost of other loads.
import type { Results } from './main.ts';

const daySeconds = 86_400;
const spansPerWrite = 4;
const logRecordsPerWrite = 2;

export function writePage({ date, rates, written, arrived, each, memoryMiB }: Results): string {
  const us = (value: number) => `${value.toFixed(0)} µs`;
  const bytes = (value: number) => `${value.toFixed(0)} B`;
  const count = (value: number) => Math.round(value).toLocaleString('en');
  return `# Capacity: the cost of load, and when to scale out

Written by \`make scale\` on ${date}, against the stack in containers, on two cores shared with the load generator. ${count(written)} numbers were posted to the backend.
${count(arrived.spans)} spans and ${count(arrived.logRecords)} log records reached the Collector: two spans and one record per request, and a few from replica starts.

| unit | cost |
|---|---|
| backend, per request, with traces and logs | ${us(each.backendUsPerRequest)} of CPU |
| PostgreSQL, per row | ${us(each.postgresUsPerRow)} of CPU, ${bytes(each.postgresBytesPerRow)} of disk including indexes |
| Collector, per span or log record | ${us(each.collectorUsPerItem)} of CPU: ${(each.collectorUsPerItem / 1_000).toFixed(3)} cores for 1,000 per second |
| Tempo, per span | ${us(each.tempoUsPerSpan)} of CPU, ${bytes(each.tempoBytesPerSpan)} of disk: ${bytes(each.tempoBytesPerSpan * spansPerWrite)} per trace |
| Loki, per log record | ${us(each.lokiUsPerLogRecord)} of CPU, ${bytes(each.lokiBytesPerLogRecord)} of disk |

Memory after the run: ${Object.entries(memoryMiB)
    .map(([part, mib]) => `${part} ${mib.toFixed(0)} MiB`)
    .join(', ')}.

| backend replicas | requests per second | CPU per request, all replicas |
|---|---|---|
${rates.map(({ replicas, perSecond, backendCpuUs }) => `| ${replicas} | ${perSecond.toFixed(0)} | ${us(backendCpuUs)} |`).join('\n')}

The load generator, the replicas, PostgreSQL, the Collector and the stores share two cores, so more replicas than cores reduce the throughput here. One Collector handled all telemetry.

## Daily cost

A write through the frontend is ${spansPerWrite} spans, ${logRecordsPerWrite} log records and a row; the frontend is assumed to cost as much as the backend.
CPU is the request rate times the cost per request; disk is the uncompacted data of one day. For 1,000 requests per second, spans need
1,000 × ${spansPerWrite} × ${each.tempoUsPerSpan.toFixed(0)} µs = ${((1_000 * spansPerWrite * each.tempoUsPerSpan) / 1e6).toFixed(2)} cores of Tempo, and
1,000 × ${spansPerWrite} × ${daySeconds} s × ${each.tempoBytesPerSpan.toFixed(0)} B = ${((1_000 * spansPerWrite * daySeconds * each.tempoBytesPerSpan) / 1e9).toFixed(0)} GB.

| requests per second | ${[10, 1_000, 100_000].map((rate) => rate.toLocaleString('en')).join(' | ')} |
|---|---|---|---|
${day(each)
  .map(([what, ...values]) => `| ${what} | ${values.join(' | ')} |`)
  .join('\n')}

## When to scale out

- **10 per second**: one instance of each component, as in this demo. Disk usage grows: Tempo retains 48 h (tempo/tempo.yaml), Loki has a retention period, PostgreSQL retains all rows.
- **1,000 per second**: one replica of a service per core it uses; PostgreSQL on a separate machine, or managed. Tempo's blocks in object storage
  (see tempo/tempo.yaml). One Collector is sufficient; two behind a load balancer allow replacing one. Store all errors and slow traces and a
  share of the rest: tail sampling needs all spans of a trace in one Collector, so a first layer routes by trace id (the \`loadbalancing\` exporter).
- **100,000 per second**: Collectors in two layers, the first routing by trace id; Tempo and Loki as microservices on object storage, fed through Kafka;
  span metrics generated only by Tempo. Head sampling (\`OTEL_TRACES_SAMPLER_ARG\`) keeps this affordable: the cost of an unsampled
  request is in [cost.md](cost.md). PostgreSQL would need ${((100_000 * each.postgresUsPerRow) / 1e6).toFixed(0)} cores for the inserts: partition, batch or queue the writes.
`;
}

function day(each: Results['each']): string[][] {
  const rates = [10, 1_000, 100_000];
  const cores = (what: string, usPerRequest: number) => [
    `${what}, cores`,
    ...rates.map((rate) => ((rate * usPerRequest) / 1e6).toFixed(2)),
  ];
  const disk = (what: string, bytesPerRequest: number) => [
    `${what}, GB per day`,
    ...rates.map((rate) => ((rate * daySeconds * bytesPerRequest) / 1e9).toLocaleString('en', { maximumSignificantDigits: 3 })),
  ];
  return [
    cores('frontend and backend', 2 * each.backendUsPerRequest),
    cores('PostgreSQL', each.postgresUsPerRow),
    cores('Collector', (spansPerWrite + logRecordsPerWrite) * each.collectorUsPerItem),
    cores('Tempo', spansPerWrite * each.tempoUsPerSpan),
    cores('Loki', logRecordsPerWrite * each.lokiUsPerLogRecord),
    disk('PostgreSQL', each.postgresBytesPerRow),
    disk('Tempo', spansPerWrite * each.tempoBytesPerSpan),
    disk('Loki', logRecordsPerWrite * each.lokiBytesPerLogRecord),
  ];
}
