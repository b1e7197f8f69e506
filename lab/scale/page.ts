// docs/capacity.md: what was measured, and what it says of other loads. The calculation is shown with its result.
import type { Results } from './main.ts';

const daySeconds = 86_400;
const spansPerWrite = 4;
const logRecordsPerWrite = 2;

export function writePage({ date, rates, written, arrived, each, memoryMiB }: Results): string {
  const us = (value: number) => `${value.toFixed(0)} µs`;
  const bytes = (value: number) => `${value.toFixed(0)} B`;
  const count = (value: number) => Math.round(value).toLocaleString('en');
  return `# What load costs, and where to split

Written by \`make scale\` on ${date}, against the stack in containers on two cores that the load shares. ${count(written)} numbers were posted to the backend;
${count(arrived.spans)} spans and ${count(arrived.logRecords)} log records reached the Collector: the two spans and the record of each, and a few of the replicas' starts.

| what | costs |
|---|---|
| backend, a request, traces and logs | ${us(each.backendUsPerRequest)} of CPU |
| PostgreSQL, a row | ${us(each.postgresUsPerRow)} of CPU, ${bytes(each.postgresBytesPerRow)} of disk with its indexes |
| Collector, a span or log record | ${us(each.collectorUsPerItem)} of CPU: ${(each.collectorUsPerItem / 1_000).toFixed(3)} cores for 1,000 a second |
| Tempo, a span | ${us(each.tempoUsPerSpan)} of CPU, ${bytes(each.tempoBytesPerSpan)} of disk: ${bytes(each.tempoBytesPerSpan * spansPerWrite)} a trace |
| Loki, a log record | ${us(each.lokiUsPerLogRecord)} of CPU, ${bytes(each.lokiBytesPerLogRecord)} of disk |

Memory afterwards: ${Object.entries(memoryMiB)
    .map(([part, mib]) => `${part} ${mib.toFixed(0)} MiB`)
    .join(', ')}.

| replicas of the backend | requests a second | CPU of all, a request |
|---|---|---|
${rates.map(({ replicas, perSecond, backendCpuUs }) => `| ${replicas} | ${perSecond.toFixed(0)} | ${us(backendCpuUs)} |`).join('\n')}

Two cores hold the load, the replicas, PostgreSQL, the Collector and the stores: more replicas than cores reduce the throughput here. One Collector took all of it.

## A day

A write through the frontend is ${spansPerWrite} spans, ${logRecordsPerWrite} log records and a row; the frontend is taken to cost what the backend does.
CPU is requests a second times the cost of each; disk is a day of it, kept uncompacted. For 1,000 a second: spans
1,000 × ${spansPerWrite} × ${each.tempoUsPerSpan.toFixed(0)} µs = ${((1_000 * spansPerWrite * each.tempoUsPerSpan) / 1e6).toFixed(2)} cores of Tempo, and
1,000 × ${spansPerWrite} × ${daySeconds} s × ${each.tempoBytesPerSpan.toFixed(0)} B = ${((1_000 * spansPerWrite * daySeconds * each.tempoBytesPerSpan) / 1e9).toFixed(0)} GB.

| requests a second | ${[10, 1_000, 100_000].map((rate) => rate.toLocaleString('en')).join(' | ')} |
|---|---|---|---|
${day(each)
  .map(([what, ...values]) => `| ${what} | ${values.join(' | ')} |`)
  .join('\n')}

## Where to split

- **10 a second**: one of each, as it is here. Disk is what grows: Tempo keeps 48 h (tempo/tempo.yaml), Loki has its retention, PostgreSQL keeps all rows.
- **1,000 a second**: a replica of each service for each core that it fills; PostgreSQL on a machine of its own, or managed. Tempo's blocks in object storage
  (the lines are in tempo/tempo.yaml). One Collector still does; two behind a load balancer so that one may be replaced. Keep all errors and slow traces and a
  share of the rest: tail sampling needs all spans of a trace in one Collector, so a first layer routes by trace id (the \`loadbalancing\` exporter).
- **100,000 a second**: Collectors in two layers, the first routing by trace id; Tempo and Loki as microservices on object storage, their intake through Kafka;
  metrics from spans made in Tempo's generators alone. Sampling at the head (\`OTEL_TRACES_SAMPLER_ARG\`) is what keeps this payable: the cost of the unsampled
  request is in [cost.md](cost.md). PostgreSQL would need ${((100_000 * each.postgresUsPerRow) / 1e6).toFixed(0)} cores for the inserts alone: partition, batch or queue the writes.
`;
}

function day(each: Results['each']): string[][] {
  const rates = [10, 1_000, 100_000];
  const cores = (what: string, usPerRequest: number) => [
    `${what}, cores`,
    ...rates.map((rate) => ((rate * usPerRequest) / 1e6).toFixed(2)),
  ];
  const disk = (what: string, bytesPerRequest: number) => [
    `${what}, GB a day`,
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
