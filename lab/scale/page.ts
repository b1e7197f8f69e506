// Renders docs/capacity.md: the measured cost, and the calculated cost of other loads.

export interface Results {
  date: string;
  rates: { replicas: number; perSecond: number; backendCpuUs: number }[];
  written: number;
  arrived: { spans: number; logRecords: number };
  each: {
    backendUsPerRequest: number;
    postgresUsPerRow: number;
    collectorUsPerItem: number;
    tempoUsPerSpan: number;
    lokiUsPerLogRecord: number;
    tempoBytesPerSpan: number;
    lokiBytesPerLogRecord: number;
    postgresBytesPerRow: number;
  };
  memoryMiB: Record<string, number>;
}

const daySeconds = 86_400;
const spansPerWrite = 4;
const logRecordsPerWrite = 2;

export function writePage({ date, rates, written, arrived, each, memoryMiB }: Results): string {
  const us = (value: number) => `${value.toFixed(0)} µs`;
  const bytes = (value: number) => `${value.toFixed(0)} B`;
  const count = (value: number) => Math.round(value).toLocaleString('en');
  return `# Capacity: the cost of load, and when to scale out

Measured by \`make scale\` on ${date}: the stack in containers, on two cores that the load generator uses as well. It posted ${count(written)} numbers to the backend.
${count(arrived.spans)} spans and ${count(arrived.logRecords)} log records reached the Collector: two spans and one log record per request, and a few from the start of replicas.

| component | unit | CPU per unit | disk per unit |
|---|---|---|---|
| backend, with traces and logs | request | ${us(each.backendUsPerRequest)} | |
| PostgreSQL | row, including indexes | ${us(each.postgresUsPerRow)} | ${bytes(each.postgresBytesPerRow)} |
| Collector | span or log record | ${us(each.collectorUsPerItem)} | |
| Tempo | span | ${us(each.tempoUsPerSpan)} | ${bytes(each.tempoBytesPerSpan)} |
| Loki | log record | ${us(each.lokiUsPerLogRecord)} | ${bytes(each.lokiBytesPerLogRecord)} |

Memory after the run: ${Object.entries(memoryMiB)
    .map(([part, mib]) => `${part} ${mib.toFixed(0)} MiB`)
    .join(', ')}.

| backend replicas | requests per second | CPU per request, all replicas |
|---|---|---|
${rates.map(({ replicas, perSecond, backendCpuUs }) => `| ${replicas} | ${perSecond.toFixed(0)} | ${us(backendCpuUs)} |`).join('\n')}

All components and the load generator share two cores here, so more replicas than cores do not increase the throughput. One Collector handled all telemetry.

## Daily cost

Calculated from the table above. A write through the frontend creates ${spansPerWrite} spans, ${logRecordsPerWrite} log records and a row; the frontend is assumed to cost as much as the backend.
Disk is the data of one day before compaction. Example: for 1,000 requests per second, spans need
1,000 × ${spansPerWrite} × ${each.tempoUsPerSpan.toFixed(0)} µs = ${((1_000 * spansPerWrite * each.tempoUsPerSpan) / 1e6).toFixed(2)} cores of Tempo, and
1,000 × ${spansPerWrite} × ${daySeconds} s × ${each.tempoBytesPerSpan.toFixed(0)} B = ${((1_000 * spansPerWrite * daySeconds * each.tempoBytesPerSpan) / 1e9).toFixed(0)} GB.

| requests per second | ${[10, 1_000, 100_000].map((rate) => rate.toLocaleString('en')).join(' | ')} |
|---|---|---|---|
${day(each)
  .map(([what, ...values]) => `| ${what} | ${values.join(' | ')} |`)
  .join('\n')}

## When to scale out

- **10 requests per second**: one instance of each component, as in this demo. Tempo and Loki store the data of 48 h; PostgreSQL stores all rows, so its disk usage grows.
- **1,000 requests per second**: a replica of a service for each core that it needs; PostgreSQL on a separate machine, or managed; Tempo's blocks in object storage
  ([tempo.yaml](../tempo/tempo.yaml)). One Collector is sufficient; with two behind a load balancer, you can replace one without an interruption.
  To store less, use tail sampling: all traces that are slow or have errors, and a share of the rest. It needs all spans of a trace in one Collector, so a first layer
  of Collectors routes by trace id (the \`load_balancing\` exporter).
- **100,000 requests per second**: Collectors in two layers, as above; Tempo (fed through Kafka) and Loki as microservices on object storage. Head sampling
  (\`OTEL_TRACES_SAMPLER=parentbased_traceidratio\` with \`OTEL_TRACES_SAMPLER_ARG=0.1\`) reduces the load of the Collectors and of Tempo; log records are not sampled, and an unsampled
  request still costs CPU in the service: [cost.md](cost.md). PostgreSQL would need ${((100_000 * each.postgresUsPerRow) / 1e6).toFixed(0)} cores for the inserts: partition, batch or queue the writes.
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
