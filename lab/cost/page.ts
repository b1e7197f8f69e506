// Renders docs/cost.md: the figures of make bench and make instructions as one table, with the method.
import { readFileSync } from 'node:fs';
import type { Spread } from './figures.ts';
import { type Plan, warmUpConnections } from './rounds.ts';

export interface Results {
  date: string;
  machine: string;
  /** Load average of the last 15 minutes, including other programs. */
  loadAverage: number;
  minutes: number;
  generations: number;
  plan: Plan;
  fixedRate: number;
  outage: { rate: number };
  saturation: { requests: number };
  rows: {
    name: string;
    what: string;
    each: { spans: number; logs: number };
    /** One per load. */
    ratios: Spread[];
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
  savings: { name: string; what: string; ratio: Spread }[];
}

/** The results of make instructions. */
export interface CountedResults {
  date: string;
  emulator: string;
  node: string;
  generations: number;
  plan: Plan;
  /** `thousands` of instructions per request, and multiples of the service without telemetry: one for each load. */
  rows: { name: string; thousands: number[]; ratios: Spread[] }[];
}

export const readCpuResults = () => read('cost') as Results;
export const readCountedResults = () => read('instructions') as CountedResults;

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../results/${name}.json`, import.meta.url), 'utf8'));
}

type Row = Results['rows'][number];

export function writePage(results: Results, counted: CountedResults): string {
  const { rows, savings, plan, fixedRate, outage, saturation } = results;
  const { loadCases } = plan;
  const bare = rows[0] as Row;
  const rowOf = (name: string) => counted.rows.find((row) => row.name === name);
  const instructionsOf = (name: string, place: number) => spreadText(rowOf(name)?.ratios[place]);
  const heads = [
    'setup',
    'spans, logs',
    ...counted.plan.loadCases.map(({ name }) => `instructions, ${name}`),
    ...loadCases.map(({ name }) => `CPU time, ${name}`),
    'µs per item',
    'p50, p99 ms',
    'requests/s',
  ];
  const more = ['peak MiB', 'first response', 'idle ms/s', 'delivered at saturation', 'delivered after an outage'];
  return `# What tracing costs

\`make instructions\` counts the instructions, and \`make bench\` measures the CPU time, that a service needs per request with \`fastify-otlp\` ("ours") and with other packages.
Both are multiples of what the same service needs without telemetry ("bare", whose row has absolute values).

![Instructions per request as a multiple of bare](../lab/results/cost.svg)

${table(
  [...heads, ...more],
  rows.map((row) => [
    row.name,
    `${row.each.spans}, ${row.each.logs}`,
    ...counted.plan.loadCases.map((_, place) =>
      row === bare ? `${rowOf(bare.name)?.thousands[place]?.toFixed(0)} k` : instructionsOf(row.name, place),
    ),
    ...row.ratios.map((ratio, place) => (row === bare ? `${row.cpuUs[place]?.toFixed(0)} µs` : spreadText(ratio))),
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

- Instructions are counted in all threads of the service, export included, but not in the kernel: on ${counted.date}, with ${counted.emulator} and Node.js ${counted.node}. The table shows the mean of ${counted.generations} processes per setup, and the least and the most of them.
- Each process first answers ${counted.plan.warmUpRequests.toLocaleString('en')} requests at ${warmUpConnections} connections (for CPU time, ${plan.warmUpRequests.toLocaleString('en')}). By then, V8 has compiled most of the code. Then come ${counted.plan.rounds} rounds (for CPU time, ${plan.rounds}) of ${plan.requests.toLocaleString('en')} requests for each number of connections. Of instructions, the median of the rounds counts, because V8 recompiles in some of them; of CPU time, the mean. For the instructions, all setups export every 5 s, because emulation is about ten times slower. Sentry is left out there: one process takes ten minutes.
- For CPU time, a process of the setup and one of bare take turns, load by load, and nothing else runs. Each pair gives one ratio. The table shows the mean of ${results.generations} pairs, and the least and the most of them. It is user and system time of the whole process, export included. What a process uses when idle is subtracted and shown in its own column.
- In all processes, one object of \`process.nextTick()\` is kept alive, as ours does anyway. Otherwise a garbage collection may make any of them slower by a tenth for its lifetime ([upstream.md](upstream.md)).
- All figures but the instructions are from one run of \`make bench\` on ${results.date}: ${results.machine}, load average ${results.loadAverage.toFixed(0)} (mostly from the benchmark itself), ${results.minutes.toFixed(0)} minutes. [lab/cost/NOTES.md](../lab/cost/NOTES.md) compares whole runs.
- The service is the backend of the demo with its PostgreSQL: \`POST /numbers\`, one INSERT, one log line. Each other package is installed in its own folder ([lab/cost/peers/](../lab/cost/peers)). Before the measurement, each setup is verified to create the number of spans and log records per request shown in the table.
- µs per item: the additional CPU time over bare at ${loadCases[1]?.name}, per span or log record. First response: from exec to the first 201.
- Latency is measured at ${fixedRate} requests/s, in an open loop. Requests/s: with 64 connections in a closed loop, in loads of ${plan.requests.toLocaleString('en')} requests that are timed to 50 ms, so within a tenth or so. Delivered at saturation: of ${saturation.requests.toLocaleString('en')} requests in the same loop.
- Outage: the receiver refuses connections for 60 s, at ${outage.rate} requests/s. The table shows the share of the spans and log records that eventually arrived. In ours and in the tuned setup, the queues hold 16,384 spans and 16,384 log records, more than are created in that time; the SDK's default is 2,048. The SDK's processors also drop every batch whose export fails. The tuned setup exports often, so it loses almost everything.
- Trust the ratios, not the microseconds. Instructions show differences that are too small for CPU time, which also includes the kernel and waiting for memory.

## Reducing the cost

At ${loadCases[1]?.name}, as multiples of bare. For comparison, ours with traces and logs is ${instructionsOf('ours, traces and logs', 1)} (instructions) and ${spreadText(rows.find(({ name }) => name === 'ours, traces and logs')?.ratios[1])} (CPU time). Each setting is measured in one process of its own: "no log records" is the same setup as "ours, traces", and "off" is as good as bare. What they differ from those shows how far a single process may be off; smaller differences are not significant.

${table(
  ['setting', 'how', 'instructions', 'CPU time'],
  savings.map(({ name, what, ratio }) => [name, what, instructionsOf(name, 1), spreadText(ratio)]),
)}
`;
}

function perItem(row: Row, bare: Row): string {
  const items = row.each.spans + row.each.logs;
  const ratio = row.ratios[1]?.mean ?? 1;
  return items === 0 ? '' : (((ratio - 1) * (bare.cpuUs[1] as number)) / items).toFixed(0);
}

export function spreadText(spread: Spread | undefined): string {
  if (!spread) return '';
  const [mean, least, most] = [spread.mean, spread.least, spread.most].map((ratio) => ratio.toFixed(2));
  return least === most ? `${mean}` : `${mean} (${least} to ${most})`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
