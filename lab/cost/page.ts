// Renders docs/cost.md: the figures of make bench and make instructions as one table, with the method.
import { readFileSync } from 'node:fs';
import type { Spread } from './figures.ts';
import { type Plan, warmUpConnections } from './rounds.ts';

/** Pairs per setting that reduces the cost, of CPU time. */
export const savingPairs = 2;

export interface Results {
  date: string;
  machine: string;
  /** Load average of the last 15 minutes, including other programs. */
  loadAverage: number;
  minutes: number;
  /** Pairs per setup. */
  generations: number;
  /** Half the 95 % interval of the ratios of setups, relative to them. */
  interval: number;
  plan: Plan;
  /** CPU time per request of the service without telemetry, one for each load. */
  bareCpuUs: number[];
  fixedRate: number;
  outage: { rate: number };
  saturation: { requests: number };
  rows: {
    name: string;
    what: string;
    each: { spans: number; logs: number };
    /** One per load. */
    ratios: Spread[];
    startMs: number;
    peakMiB: number;
    idleMs: number;
    p50Ms: number;
    p99Ms: number;
    /** Requests per second at saturation: of bare, and of the others as a multiple of bare. */
    throughput: number;
    saturated: number | undefined;
    outage: number | undefined;
  }[];
  savings: { name: string; what: string; ratio: number }[];
  /** What else a reader must know about this run. */
  remark?: string;
}

/** The results of make instructions. */
export interface CountedResults {
  date: string;
  emulator: string;
  node: string;
  generations: number;
  /** Half the 95 % interval of the ratios, relative to them. */
  interval: number;
  plan: Plan;
  /** Instructions per request of the service without telemetry, one for each load. */
  thousands: number[];
  /** Instructions as multiples of bare. */
  rows: { name: string; ratios: Spread[] }[];
  savings: { name: string; ratio: number }[];
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
  const instructionsOf = (name: string, place: number) => meanText(counted.rows.find((row) => row.name === name)?.ratios[place]);
  const ofOneProcess = counted.interval * Math.sqrt((counted.generations + 1) / 2); // bare still has several
  const ofSavings = results.interval * Math.sqrt(results.generations / savingPairs);
  const heads = [
    'setup',
    'spans, logs',
    ...counted.plan.loadCases.map(({ name }) => `instructions, ${name} (± ${interval(counted.interval)})`),
    ...loadCases.map(({ name }) => `CPU time, ${name} (± ${interval(results.interval)})`),
    'µs per item',
    'p50, p99 ms',
    'throughput',
  ];
  const more = ['peak MiB', 'first response', 'idle ms/s', 'delivered at saturation', 'delivered after an outage'];
  return `# What tracing costs

\`make instructions\` counts the instructions, and \`make bench\` measures the CPU time, that a service needs per request with \`fastify-otlp\` ("ours") and with other packages.
Instructions, CPU time and throughput are multiples of those of the same service without telemetry ("bare"). The row of bare and all other columns are absolute.

![Instructions per request as a multiple of bare](../lab/results/cost.svg)

The grey lines in the picture range from the lowest to the highest process.

${table(
  [...heads, ...more],
  rows.map((row) => [
    row.name,
    `${row.each.spans}, ${row.each.logs}`,
    ...counted.plan.loadCases.map((_, place) =>
      row === bare ? `${counted.thousands[place]?.toFixed(0)} k` : instructionsOf(row.name, place),
    ),
    ...row.ratios.map((ratio, place) => (row === bare ? `${results.bareCpuUs[place]?.toFixed(0)} µs` : meanText(ratio))),
    perItem(row, results.bareCpuUs[1] as number),
    `${row.p50Ms.toFixed(1)}, ${row.p99Ms.toFixed(1)}`,
    row.throughput.toFixed(row === bare ? 0 : 2),
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

- The service is the demo's backend with a PostgreSQL server of its own: one INSERT and one log line per \`POST /numbers\`. Each other package is installed in its own folder ([lab/cost/peers/](../lab/cost/peers)). Before the measurement, each setup is verified to create the number of spans and log records per request shown in the table.
- Instructions are those of all threads of the process, export included, without the kernel: counted on ${counted.date} with ${counted.emulator} and Node.js ${counted.node}, mean of ${counted.generations} processes per setup. All setups export every 5 s, because emulation is about ten times slower. Sentry is left out: one process takes ten minutes.
- CPU time is the user and system time of the process, export included. A process of the setup and a bare one are loaded in turn, while no other setup runs: mean of ${results.generations} such pairs. What a process uses when idle is subtracted from instructions and CPU time.
- Each process first answers ${counted.plan.warmUpRequests.toLocaleString('en')} requests at ${warmUpConnections} connections (for CPU time, ${plan.warmUpRequests.toLocaleString('en')}). By then, V8 has compiled most of the code. Then come ${counted.plan.rounds} rounds (for CPU time, ${plan.rounds}) of ${plan.requests.toLocaleString('en')} requests for each number of connections. For instructions, the median of the rounds is used, because V8 recompiles in some of them; for CPU time, the mean.
- The ± in the column headings is half the 95 % confidence interval, relative to the ratio. It is pooled over all setups, because one has too few processes for its own estimate. The other columns are medians without an interval: between two runs on 2026-11-28, the p99 of a setup changed by a factor of up to 2.3, and throughput by up to 13 %.
- One \`process.nextTick()\` object is retained in all processes, as \`fastify-otlp\` always does. Without it, several full garbage collections can make a process slower by a tenth until it ends ([upstream.md](upstream.md)).
- µs per item: the additional CPU time over bare at ${loadCases[1]?.name}, per span or log record. First response: from exec to the first 201. Latency: at ${fixedRate} requests/s, in an open loop. Throughput: ${saturation.requests.toLocaleString('en')} requests with 64 connections, in a closed loop, in turn with bare. Delivered at saturation: in another run of the same load.
- Outage: the receiver refuses connections for 60 s, at ${outage.rate} requests/s. The table shows the share of the spans and log records that eventually arrived. The queues of ours and of the tuned setup hold 16,384 spans and 16,384 log records, more than are created in that time; the SDK's default is 2,048. The SDK's processors drop a batch if its export fails. The tuned setup exports every 500 ms, so it loses more than setups that export every 5 s.
- All figures but the instructions are from \`make bench\` on ${results.date}: ${results.machine}, load average ${results.loadAverage.toFixed(0)} (mostly from the benchmark itself), ${results.minutes.toFixed(0)} minutes. [lab/cost/NOTES.md](../lab/cost/NOTES.md) compares complete runs.${results.remark ? ` ${results.remark}` : ''}
- Trust the ratios, not the microseconds. Instructions resolve smaller differences than CPU time, which also includes the kernel and waiting for memory.

## Reducing the cost

At ${loadCases[1]?.name}, as multiples of bare. For comparison, ours with traces and logs is ${instructionsOf('ours, traces and logs', 1)} (instructions) and ${meanText(rows.find(({ name }) => name === 'ours, traces and logs')?.ratios[1])} (CPU time). Each setting is measured in one process (for CPU time, in ${savingPairs} pairs). Settings that differ by less than the ± in the headings are not distinguishable. Two rows are controls: "off" should equal bare, 1.00, and "no log records" should equal "ours, traces", ${instructionsOf('ours, traces', 1)} and ${meanText(rows.find(({ name }) => name === 'ours, traces')?.ratios[1])}.

${table(
  ['setting', 'how', `instructions (± ${interval(ofOneProcess)})`, `CPU time (± ${interval(ofSavings)})`],
  savings.map(({ name, what, ratio }) => [
    name,
    what,
    counted.savings.find((saving) => saving.name === name)?.ratio.toFixed(2) ?? '',
    ratio.toFixed(2),
  ]),
)}
`;
}

/** @param bareUs CPU time of bare */
function perItem({ each, ratios }: Row, bareUs: number): string {
  const items = each.spans + each.logs;
  return items === 0 ? '' : ((((ratios[1]?.mean ?? 1) - 1) * bareUs) / items).toFixed(0);
}

function meanText(spread: Spread | undefined): string {
  return spread?.mean.toFixed(2) ?? '';
}

function interval(half: number): string {
  return `${(half * 100).toFixed(1)} %`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
