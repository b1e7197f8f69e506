// docs/cost.md: the figures of a run as tables, and what follows from them.
import type { Figures, Spread } from './figures.ts';
import type { Delivered } from './rounds.ts';

export interface Results {
  date: string;
  machine: string;
  rounds: number;
  /** How often all were started anew. */
  generations: number;
  setUps: {
    name: string;
    what: string;
    requests: number;
    delivered: Delivered;
    peakMiB: Spread;
    startMs: Spread;
  }[];
  figures: Figures[];
  stepRounds: number;
  /** Each with all that the ones before do. */
  steps: (Figures & { settings: string[] })[];
  profiles: { setUp: string; usPerRequest: { where: string; us: number }[] }[];
  /** Figures of this run that were wrong when it was published, and how they were corrected. A new run has none. */
  corrections?: string[];
}

const aims = [
  { setUp: 'ours, traces', most: 1.3 },
  { setUp: 'ours, traces and logs', most: 1.5 },
];

export function writePage(results: Results): string {
  const { date, machine, rounds, generations, setUps, figures, stepRounds, steps, profiles, corrections = [] } = results;
  return `# What tracing costs

Written by \`make bench\` on ${date}: ${machine}. The backend with its PostgreSQL, \`POST /numbers\` with an INSERT and one log line;
all set-ups side by side, loaded in turn, a short slice each, in ${rounds} interleaved rounds, with new processes ${generations} times. CPU is that of the whole process,
the export included, for each request; ratios are taken within a round, and medians over the rounds. The machine is a small shared one: trust the ratios, not the microseconds.

![CPU for each request as a multiple of bare](../lab/results/cost.svg)

${table(
  ['set-up', 'is'],
  setUps.map(({ name, what }) => [name, what]),
)}

## CPU for each request

${table(
  ['load', 'set-up', 'CPU µs', 'times bare', 'spread', 'requests/s', 'p50 ms', 'p99 ms'],
  figures.map(({ loadCase, setUp, cpuUsPerRequest, ratio, perSecond, p50Ms, p99Ms }) => [
    loadCase,
    setUp,
    cpuUsPerRequest.median.toFixed(0),
    ratio.median.toFixed(2),
    `${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}`,
    perSecond.median.toFixed(0),
    p50Ms.median.toFixed(1),
    p99Ms.median.toFixed(1),
  ]),
)}

The load generator shares the cores, so requests a second say less than CPU. \`500 a second\` is an open loop: a request is sent when it
is due, whether or not others wait for their answers; a process that idles in between costs more for each, bare or not.

## Delivery, memory, start

${table(
  ['set-up', 'spans expected', 'received', 'log records expected', 'received', 'peak memory', 'exec to first 201'],
  setUps.map(({ name, delivered: { spans, logs }, peakMiB, startMs }) => [
    name,
    spans.expected.toString(),
    spans.received.toString(),
    logs.expected.toString(),
    logs.received.toString(),
    `${peakMiB.median.toFixed(0)} MiB`,
    `${startMs.median.toFixed(0)} ms`,
  ]),
)}

Expected are the spans and log records of all answered requests: the ${setUps[0]?.requests} measured ones of each set-up, most of them at saturation, its warm-up and its profile.
${dropped(setUps)} A set-up that creates spans for new connections to PostgreSQL (stock does) has more spans than its requests account for, and the counts
cannot tell a missing span of a request from such a one.
${corrections.map((correction) => `\n${correction}\n`).join('')}
\`telemetry/\` sends from the thread that serves requests: under load, requests become slower before anything is dropped. Its queue holds 16,384 items or 64 MiB
per signal. While the receiver is unavailable for longer than that lasts, new items are dropped, counted and reported on stderr. Requests are never slowed down to avoid that,
since the service would then fail whenever its Collector does.

## What each part costs

From bare to all in steps, 16 connections, measured as above, in ${stepRounds} rounds with processes of their own, warmed up in turn. Each row has what the rows above have, and what it is named for; its settings
leave out what the rows below add. The first thing that is sent, in the third row, brings the connection to the Collector with it. The last two are "ours, traces" and "ours, traces and logs"
once more: how far they are from the table above (${noise(figures, steps)}) is the noise of this page, and a step smaller than that is no more than a hint.

${table(
  ['with', 'settings', 'CPU µs', 'times bare', 'spread', 'adds'],
  steps.map(({ setUp, settings, cpuUsPerRequest, ratio }, place) => [
    setUp,
    settings.join('<br>'),
    cpuUsPerRequest.median.toFixed(0),
    ratio.median.toFixed(2),
    `${ratio.lowest.toFixed(2)} to ${ratio.highest.toFixed(2)}`,
    place === 0 ? '' : (rounded(ratio) - rounded((steps[place - 1] as Figures).ratio)).toFixed(2),
  ]),
)}

## Where the time goes

Self time by package, from a CPU profile of one more round at 16 connections, in µs a request; what takes less than half a microsecond everywhere is left out.
A profile samples by the clock on the wall: where a thread waits for a core, that counts too, so that a column adds up to more than the CPU above.

${table(['package', ...profiles.map(({ setUp }) => setUp)], profileRows(profiles))}

What was found in these profiles, and left out of the hot path of \`telemetry/\` for it. Its times were measured by hand, once; there is no raw data for them here.

- instrumentation-http wraps every listener of the request and the response to keep the context. Fastify's hooks need that once, after the body.
- instrumentation-pg makes a span for each wait for a connection, and notes metrics for each query whether or not there is a meter. With
  \`ignoreConnectSpans\` it makes none, and loses the context of a query that had to wait: spans land in other requests' traces.
- instrumentation-pino sends each line through a stream of its own, to parse it there, and looks at each hex digit of the ids that it adds.
  pino's own diagnostics channel (\`tracing:pino_asJson\`) publishes twice for each line: alone, 0.8 µs, where a wrapped method takes 0.05 µs.
- instrumentation-runtime-node, on by default, wakes a process at rest a hundred times a second (3 ms of CPU a second) and looks at each garbage
  collection, for metrics, whether or not anybody takes them.
- The SDK's \`startSpan\` and \`setAttribute\` look into each attribute with a new \`WeakSet\`, \`startSpan\` twice. Alone, a span with nine attributes
  takes 2.3 µs that way, and 1.1 µs assigned to the span directly, which samplers do not see: it is not done any more.
- The exporters' serializer goes through each text twice, character by character. V8 has many kinds of strings (constants, concatenations, parts of
  others, ...), and where \`charCodeAt\` has met more than four of them, each call is a slow look-up: alone, a text of 44 characters takes 0.15 µs
  while there are two kinds, 0.86 µs with eight, and 0.08 µs copied by Node.js, as in [telemetry/src/protobuf.ts](../telemetry/src/protobuf.ts).
  In the service, the one or the other in turn in the same process, that is 28 or 11 µs for the two spans of a request.
- \`context.with\` makes two maps for each call that changes the context (Node.js' \`AsyncLocalStorage.run\`): alone 0.22 µs. An \`AsyncResource\`, made once
  for a query, goes back into its context in 0.02 µs.

## What is left

The aim is ${aims.map(({ setUp, most }) => `at most ${most} times bare for "${setUp}"`).join(', ')}. ${aims.map((aim) => verdict(figures, aim)).join(' ')}

Until 2026-11-21 "ours, traces" took 1.28 to 1.48 times bare and "ours, traces and logs" 1.35 to 1.65. It is up to 0.17 more since the application behaves exactly as without telemetry:
each event of a request and its response runs in the request's context, samplers see all attributes, every value is copied within bounds, and a record is made from the line as it is written. In the
profile, the functions of \`telemetry/\` went from 18 to 35 µs and garbage collection from 10 to 16 µs.

What follows was measured by hand, once, with 16 connections; \`make bench\` does not repeat it, and there is no raw data for it here. Sampled by CPU clock (perf), three processes of each, both loaded in turn, "ours, traces" took
59 µs more for a request than bare: 233 instead of 174, a ratio of 1.34. Of these, 18 µs are JavaScript as V8 compiles it, 16 what V8 has built in, 14 native code of V8, Node.js
and libc, 10 the kernel, 1 V8's other threads; there are as many system calls, within 1 %. Tracing's own functions take some 35 of them: to make two spans and end them 10, sampler and ids
among them; to read the header 3; the ids in the line of the log 3; what wraps the query 4; hooks and contexts 6; to write and send 9 (11 in the trial above, another process). The others are a little more of everything else.

The same code is faster by itself: the span of a request, from the header to its end, with its attributes and contexts but not sent, takes 3.6 µs in a loop, and up to twice that with much other
JavaScript in between. In the service, measured by leaving it out, it takes 22 µs of the main thread. Why was not found: this machine has no counters for caches and branches.

What was tried to make it less, by CPU for a request, in processes of its own beside as many of the code as it is, and left out:

- A span class of our own, in place of the SDK's tracer, sampler and span: no difference beyond the noise, which is 2 % over so many processes.
- Ids from a pool of random digits, the header read without a regular expression's groups, ids put into the line as text and not by pino's mixin, texts that recur copied as bytes: all four, no difference.
- All five: 1 to 3 % less in the main thread, nothing clear in all, for 120 lines more.
- To write each span as OTLP when it ends, so that bytes wait to be sent instead of objects: 4 % more.
- Batches of 256 to 8,192 items, a larger young generation (\`--max-semi-space-size\`): no difference. A young generation of 1 MB: 13 % more without tracing, 30 % with traces and logs.
- More inlining (\`--max-inlined-bytecode-size\`): less in the main thread, more for the threads that compile.
- A core for the service alone, load and PostgreSQL on the other; 80,000 requests before the first that counts: the ratios stay.
`;
}

function verdict(figures: Figures[], { setUp, most }: (typeof aims)[number]): string {
  const own = figures.filter((figure) => figure.setUp === setUp);
  const loadsWhere = (isReached: boolean) =>
    own
      .filter(({ ratio }) => ratio.median <= most === isReached)
      .map(({ loadCase, ratio }) => `${loadCase} (${ratio.median.toFixed(2)})`);
  const [reached, missed] = [loadsWhere(true), loadsWhere(false)];
  return `"${setUp}" reaches it ${reached.length ? `with ${reached.join(', ')}` : 'nowhere'}${missed.length ? `, and misses it with ${missed.join(', ')}` : ''}.`;
}

function profileRows(profiles: Results['profiles']): string[][] {
  const places = [...new Set(profiles.flatMap(({ usPerRequest }) => usPerRequest.map(({ where }) => where)))];
  const usOf = (place: string) => profiles.map(({ usPerRequest }) => usPerRequest.find(({ where }) => where === place)?.us ?? 0);
  return places
    .map((place) => ({ place, us: usOf(place) }))
    .filter(({ us }) => Math.max(...us) >= 0.5)
    .sort((a, b) => Math.max(...b.us) - Math.max(...a.us))
    .map(({ place, us }) => [place, ...us.map((value) => (value === 0 ? '' : value.toFixed(1)))]);
}

function rounded({ median }: Spread): number {
  return Number(median.toFixed(2));
}

function dropped(setUps: Results['setUps']): string {
  const missing = setUps.filter(
    ({ delivered: { spans, logs } }) => spans.received < spans.expected || logs.received < logs.expected,
  );
  return missing.length === 0
    ? 'The receiver got no fewer from any set-up.'
    : `The receiver got fewer from ${missing.map(({ name }) => name).join(' and ')}.`;
}

/** The same set-ups, measured for both tables: the largest difference of their ratios. */
function noise(figures: Figures[], steps: Figures[]): string {
  const differences = steps.slice(-2).map((step, place) => {
    const same = figures.find(({ setUp, loadCase }) => setUp === aims[place]?.setUp && loadCase === step.loadCase);
    return Math.abs(rounded(step.ratio) - rounded((same as Figures).ratio));
  });
  return `up to ${Math.max(...differences).toFixed(2)}`;
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
