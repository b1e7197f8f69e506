// lab/results/soak.md, out of what was measured.
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
    /** MiB an hour, after the first quarter. */
    rss: Slope;
    rssMiB: { first: number; last: number; peak: number };
    heapMiB: { first: number; last: number };
    /** The fewest of the first third after the warm-up, and of the last: a busy moment opens more for a while. */
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
  return `# What remains after ${results.minutes} minutes of ${results.perSecond} writes a second

Written by \`make soak\` on ${results.date}: ${results.machine}.
A write is a POST /write: frontend, backend, PostgreSQL; the telemetry goes over OTLP/gRPC to a receiver that only counts.
The first quarter is warm-up; the figures are of what follows.

| service | memory grows, MiB an hour | memory (RSS) in MiB, at first → at last (at most) | heap in use after a collection, MiB | open files, fewest of the first third → of the last | of them TCP sockets |
|---|---|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

The slope is a line by least squares through a sample each ten seconds, with its standard error. Samples depend on those before
them, so the true error is larger: the shorter the run, the less a slope says.

| sent | answered with 201 | rows | spans, four each | log records, two each | lines on stdout, two each |
|---|---|---|---|---|---|
| ${[counts.sent, counts.answered, counts.rows, counts.spans, counts.logRecords, counts.lines].join(' | ')} |

Half of the answers came within ${one(latencyMs.p50)} ms, 99 of 100 within ${one(latencyMs.p99)} ms, all within ${one(latencyMs.max)} ms.

${verdict.map(({ what, isRight }) => `- ${isRight ? 'yes' : '**no**'}: ${what}`).join('\n')}
`;
}
