// Renders lab/results/soak.md from the results.
import type { Slope } from './slope.ts';

export interface Results {
  date: string;
  machine: string;
  minutes: number;
  perSecond: number;
  counts: { sent: number; answered: number; rows: number; spans: number; logRecords: number; lines: number };
  failures: Record<string, number>;
  latencyMs: { p50: number; p99: number; max: number };
  services: {
    name: string;
    /** MiB per hour, after the first quarter. */
    rss: Slope;
    rssMiB: { first: number; last: number; peak: number };
    heapMiB: { first: number; last: number };
    /** The minimum in the first and in the last third after the warm-up, because a busy moment temporarily opens more. */
    fds: { first: number; last: number };
    sockets: { first: number; last: number };
  }[];
  verdict: { what: string; isRight: boolean }[];
}

export function writePage({ services, counts, latencyMs, verdict, ...results }: Results): string {
  const one = (value: number) => value.toFixed(1);
  const rows = services.map(({ name, rss, rssMiB, heapMiB, fds, sockets }) =>
    [
      name,
      `${one(rss.slope)} ± ${one(rss.error)}`,
      `${one(rssMiB.first)} → ${one(rssMiB.last)} (${one(rssMiB.peak)})`,
      `${one(heapMiB.first)} → ${one(heapMiB.last)}`,
      `${fds.first} → ${fds.last}`,
      `${sockets.first} → ${sockets.last}`,
    ].join(' | '),
  );
  return `# Resource usage over ${results.minutes} minutes at ${results.perSecond} writes per second

Written by \`make soak\` on ${results.date}: ${results.machine}.
A write is a POST /write: frontend, backend, PostgreSQL; telemetry is sent over OTLP/gRPC to a receiver that only counts.
The first quarter is warm-up and not part of the figures.

| service | memory growth, MiB per hour | RSS in MiB, start → end (peak) | heap after garbage collection, MiB | open files, minimum of the first → last third | of these TCP sockets |
|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

Memory growth is the slope of a least-squares line through samples taken every ten seconds, with its standard error. Consecutive samples
are not independent, so the true error is larger, especially for short runs.

| sent | status 201 | rows | spans, four each | log records, two each | lines on stdout, two each |
|---|---|---|---|---|---|
| ${[counts.sent, counts.answered, counts.rows, counts.spans, counts.logRecords, counts.lines].join(' | ')} |

Latency: p50 ${one(latencyMs.p50)} ms, p99 ${one(latencyMs.p99)} ms, maximum ${one(latencyMs.max)} ms.

${verdict.map(({ what, isRight }) => `- ${isRight ? 'ok' : '**failed**'}: ${what}`).join('\n')}
`;
}
