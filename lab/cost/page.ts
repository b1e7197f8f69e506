// Renders docs/cost.md: the figures of make bench and make instructions as one table, with the method.
import { readFileSync } from 'node:fs';
import type { Ratio } from './figures.ts';

export interface Results {
  date: string;
  machine: string;
  /** Load average of the last 15 minutes, including other programs. */
  loadAverage: number;
  minutes: number;
  generations: number;
  rounds: number;
  warmUpRequests: number;
  loadCases: { name: string; requests: number }[];
  fixedRate: number;
  outage: { rate: number };
  rows: {
    name: string;
    what: string;
    each: { spans: number; logs: number };
    /** One per load. */
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

/** The results of make instructions. */
export interface CountedResults {
  date: string;
  emulator: string;
  node: string;
  generations: number;
  rounds: number;
  warmUpRequests: number;
  connections: number;
  /** Instructions per request of the service without telemetry. */
  bare: number;
  /** By setup, one per process. */
  ratios: Record<string, number[]>;
}

export const readCpuResults = () => read('cost') as Results;
export const readCountedResults = () => read('instructions') as CountedResults;

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'));
}

type Row = Results['rows'][number];

export function writePage(results: Results, counted: CountedResults): string {
  const { rows, savings, loadCases, fixedRate, outage } = results;
  const bare = rows[0] as Row;
  const instructionsOf = (name: string) => counted.ratios[name]?.map((ratio) => ratio.toFixed(2)).join(', ') ?? '';
  const heads = [
    'setup',
    'spans, logs',
    'instructions, times bare',
    ...loadCases.map(({ name }) => name),
    'µs per item',
    'p50, p99 ms',
    'requests/s',
  ];
  const more = ['peak MiB', 'first response', 'idle ms/s', 'delivered at saturation', 'delivered after an outage'];
  return `# What tracing costs

\`make bench\` measures the CPU time, and \`make instructions\` the number of instructions, that a service uses per request with \`fastify-otlp\` (ours) and with other packages. Figures are multiples of the same service without telemetry (bare).

![CPU per request as a multiple of bare](../lab/results/cost.svg)

${table(
  [...heads, ...more],
  rows.map((row) => [
    row.name,
    `${row.each.spans}, ${row.each.logs}`,
    row === bare ? `${(counted.bare / 1_000).toFixed(0)} k` : instructionsOf(row.name),
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

- Instructions are those of all threads of the service, export included, without those of the kernel. They were counted on ${counted.date} with ${counted.emulator} and Node.js ${counted.node}, at ${counted.connections} connections, in ${counted.generations} processes per setup, each of which has its figure in the table.
- Each process first answers ${counted.warmUpRequests.toLocaleString('en')} requests: V8 compiles until then, and afterwards the number is nearly constant. The queues of OpenTelemetry wait 5 s in all setups, because an emulated service is some ten times slower. Sentry is left out: one process takes ten minutes.
- The rest of this list describes all other figures, which are those of one run of \`make bench\`.
- Measured on ${results.date}: ${results.machine}, load average ${results.loadAverage.toFixed(0)} with its own processes, ${results.minutes.toFixed(0)} minutes.
- The backend of the demo with its PostgreSQL: \`POST /numbers\`, one INSERT, one log line. Each peer is installed in its own folder ([lab/cost/peers/](../lab/cost/peers)).
- Before the measurement, each setup is verified to create the number of spans and log records per request shown in the table.
- All setups run side by side and are loaded in turn, each for less than a second. There are ${results.rounds} rounds per set of processes, and ${results.generations} sets of processes.
- Each setup first answers ${results.warmUpRequests.toLocaleString('en')} requests, by when V8 has compiled most of the code. Before, that takes up to 55 µs per request on other threads.
- CPU is user and system time of the whole process, export included. The CPU of an idle process is subtracted and reported as idle.
- Each set of processes gives one ratio: the mean CPU of the setup, divided by that of bare. The table shows the mean of ${results.generations} ratios; ± is half the width of its 95 % confidence interval. [lab/cost/NOTES.md](../lab/cost/NOTES.md) compares two whole runs.
- µs per item: the CPU above bare at ${loadCases[1]?.name}, per span or log record. First response: from exec to the first 201.
- Latency is measured at ${fixedRate} requests/s, in an open loop. Requests/s and delivery at saturation are measured with 64 connections in a closed loop.
- Outage: the receiver refuses connections for 60 s, at ${outage.rate} requests/s. The share is that of the spans and log records that arrived in the end. The queues of ours and of the tuned setup hold 16,384 of each, more than are produced in that time; the SDK's default is 2,048. The SDK's processors also drop each batch that they cannot deliver: with the short delay of the tuned setup, almost all.
- Trust the ratios, not the microseconds. The number of instructions shows differences that are too small for CPU time; CPU time includes the kernel, and waiting for memory.

## Reducing the cost

At ${loadCases[1]?.name}, as multiples of bare. Ours with traces and logs is ${instructionsOf('ours, traces and logs')} (instructions) and ${withMargin(rows.find(({ name }) => name === 'ours, traces and logs')?.ratios[1] as Ratio)} (CPU time). Differences smaller than ± are not significant. These figures
come from other processes than those of the table above: "no log records" is the same setup as "ours, traces". One process of "the caller samples 10 %" was probably
still compiling the code of sampled requests.

${table(
  ['setting', 'how', 'instructions', 'CPU time'],
  savings.map(({ name, what, ratio }) => [name, what, instructionsOf(name), withMargin(ratio)]),
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
