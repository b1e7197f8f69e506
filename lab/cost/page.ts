// docs/cost.md: the figures of a run as one table, and what follows from them.
import type { Ratio } from './figures.ts';

export interface Results {
  date: string;
  machine: string;
  /** Of the last 15 minutes: what else ran beside it is in there. */
  loadAverage: number;
  minutes: number;
  generations: number;
  rounds: number;
  loadCases: { name: string; requests: number }[];
  fixedRate: number;
  outage: { rate: number };
  rows: {
    name: string;
    what: string;
    each: { spans: number; logs: number };
    /** One for each load. */
    ratios: Ratio[];
    cpuUs: number[];
    startMs: number;
    peakMiB: number;
    idleMs: number;
    p50Ms: number;
    p99Ms: number;
    perSecond: number;
    saturated: number | undefined;
    outage: number | undefined;
  }[];
  savings: { name: string; what: string; ratio: Ratio; ofAll: Ratio }[];
}

type Row = Results['rows'][number];

export function writePage(results: Results): string {
  const { rows, savings, loadCases, fixedRate, outage } = results;
  const bare = rows[0] as Row;
  const heads = ['set-up', 'spans, logs', ...loadCases.map(({ name }) => name), 'µs per item', 'p50, p99 ms', 'requests/s'];
  const more = ['peak MiB', 'first response', 'idle ms/s', 'at saturation', 'through an outage'];
  return `# What tracing costs

\`make bench\` compares \`fastify-otlp\` (ours) with other packages: CPU of the service per request, as a multiple of the same service without telemetry (bare).

![CPU per request as a multiple of bare](../lab/results/cost.svg)

${table(
  [...heads, ...more],
  rows.map((row) => [
    row.name,
    `${row.each.spans}, ${row.each.logs}`,
    ...row.ratios.map((ratio, place) => (row === bare ? `${row.cpuUs[place]?.toFixed(0)} µs` : withMargin(ratio))),
    perItem(row, bare),
    `${row.p50Ms.toFixed(1)}, ${row.p99Ms.toFixed(1)}`,
    row.perSecond.toFixed(0),
    row.peakMiB.toFixed(0),
    `${row.startMs.toFixed(0)} ms`,
    row.idleMs.toFixed(1),
    percent(row.saturated),
    percent(row.outage),
  ]),
)}

${rows
  .slice(1)
  .map(({ name, what }) => `- ${name}: ${what}`)
  .join('\n')}

## Method

- Measured on ${results.date}: ${results.machine}, shared with other programs (load average ${results.loadAverage.toFixed(0)}), ${results.minutes.toFixed(0)} minutes.
- The backend of the demo with its PostgreSQL: \`POST /numbers\`, one INSERT, one log line. Each peer is installed in a folder of its own ([lab/cost/peers/](../lab/cost/peers)).
- Before anything is measured, each set-up must create the spans and log records per request that the table states.
- All set-ups run side by side. Each is loaded in turn for less than a second, in ${results.rounds} rounds, with new processes ${results.generations} times.
- CPU is user and system time of the whole process, export included. What a process uses at rest is subtracted, and reported as idle.
- Ratios are taken within a round. ± is half of the 95 % interval, from the means of the ${results.generations} sets of processes.
- µs per item: the CPU above bare at ${loadCases[1]?.name}, per span or log record. First response: from exec to the first 201.
- Latency is measured at ${fixedRate} requests/s, in an open loop; requests/s and delivery at saturation with 64 connections that never pause.
- Outage: the receiver refuses connections for 60 s, at ${outage.rate} requests/s. The share counts spans and log records received in the end.
- Trust the ratios, not the microseconds. [lab/cost/NOTES.md](../lab/cost/NOTES.md) lists what was tried to lower the cost.

## When it is too much

Measured at ${loadCases[1]?.name}; ours with traces and logs is ${withMargin(rows.find(({ name }) => name === 'ours, traces and logs')?.ratios[1] as Ratio)} times bare.

${table(
  ['setting', 'how', 'times bare'],
  savings.map(({ name, what, ratio }) => [name, what, withMargin(ratio)]),
)}
`;
}

function perItem(row: Row, bare: Row): string {
  const items = row.each.spans + row.each.logs;
  const ratio = row.ratios[1]?.mean ?? 1;
  return items === 0 ? '' : (((ratio - 1) * (bare.cpuUs[1] as number)) / items).toFixed(0);
}

function withMargin({ mean, margin }: Ratio): string {
  return margin === undefined ? mean.toFixed(2) : `${mean.toFixed(2)} ± ${margin.toFixed(2)}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
