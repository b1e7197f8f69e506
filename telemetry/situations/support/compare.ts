// Compares a run with the bare application and with the expectation of the situation.
import { setTimeout as pause } from 'node:timers/promises';
import type { ExpectStatic } from 'vitest';
import type { Span } from '../../test/support/otlp-receiver.ts';
import type { Ended } from './application.ts';
import { outputOf } from './output.ts';
import { fromOtlp, mergeEqual, pathsOf, recordLines, withoutRepeats } from './paths.ts';
import type { Received, Receiver } from './receiver.ts';
import type { Variant } from './situation.ts';

export function compareOutput(expect: ExpectStatic, variant: Variant, setup: 'stock' | 'ours', ended: Ended, bare: Ended): void {
  expect.soft(bare.end, `the bare application exits as expected\n${bare.stdout}${bare.stderr}`).toBe(variant.end ?? 0);
  const { stderr, ...output } = outputOf(ended);
  const isReport = (line: string) => setup === 'ours' && line.startsWith('telemetry: ');
  const own = { ...output, stderr: stderr.filter((line) => !isReport(line)) };
  const reason = variant.differs?.[setup];
  if (!reason) expect.soft(own, `${setup} prints, responds and exits like the bare application`).toEqual(outputOf(bare));
  else expect.soft(own, `${setup} no longer differs from the bare application: ${reason}`).not.toEqual(outputOf(bare));
  if (setup === 'stock') return;
  const reports = variant.reports ?? [];
  const printed = stderr.filter(isReport);
  const unexpected = printed.filter((line) => !reports.some((report) => report.test(line)));
  expect.soft(unexpected, 'unexpected messages on stderr').toEqual([]);
  const repeated = printed.filter((line, at) => printed.indexOf(line) < at);
  expect.soft(repeated, 'repeated messages on stderr').toEqual([]);
  const missing = reports.filter((report) => !printed.some((line) => report.test(line)));
  expect.soft(missing, 'missing messages on stderr').toEqual([]);
}

/** Telemetry may arrive after the application has exited. @returns the telemetry once it is as expected, or all that arrived within five seconds */
export async function waitForTelemetry(variant: Variant, receiver: Receiver): Promise<Received> {
  let seen: Received | undefined;
  for (let attempt = 0; attempt < 100; attempt++) {
    const received = await receiver.read();
    if (received !== seen && isExpected(variant, received)) return received;
    seen = received;
    await pause(50);
  }
  return receiver.read();
}

function isExpected(variant: Variant, telemetry: Received): boolean {
  const { spans, records } = linesOf(variant, telemetry);
  return spans.join() === variant.spans.toSorted().join() && records.join() === (variant.records ?? []).toSorted().join();
}

export function compareTelemetry(expect: ExpectStatic, variant: Variant, telemetry: Received): void {
  const { spans, logs, bytes } = telemetry;
  const lines = linesOf(variant, telemetry);
  expect.soft(lines.spans, 'spans').toEqual(variant.spans.toSorted());
  expect.soft(lines.records, 'log records').toEqual((variant.records ?? []).toSorted());
  const leaked = variant.secrets && bytes.map((each) => variant.secrets?.exec(each.toString('latin1'))?.[0]).filter(Boolean);
  expect.soft(leaked ?? [], 'secrets in what was received').toEqual([]);
  const paths = pathsOf(spans);
  expect
    .soft(
      misplacedSpans(spans).map((span) => paths.get(span)),
      'spans that start before their parent or end before they start',
    )
    .toEqual([]);
  for (const [path, expected] of Object.entries(variant.attributes ?? {}))
    for (const [span, own] of paths) if (own === path) expectFacts(expect, path, factsOf(span), expected);
  const records = recordLines(logs, spans);
  for (const [line, expected] of Object.entries(variant.recordAttributes ?? {}))
    for (const [record, own] of records) if (own === line) expectFacts(expect, line, fromOtlp(record.attributes), expected);
}

function linesOf(variant: Variant, { spans, logs }: Received): { spans: string[]; records: string[] } {
  const { ignoredSpans, ignoredRecords, mayRepeat } = variant;
  const paths = [...pathsOf(mayRepeat ? withoutRepeats(spans) : spans).values()].filter((path) => !ignoredSpans?.path.test(path));
  const lines = [...recordLines(logs, spans).values()].filter((line) => !ignoredRecords?.line.test(line));
  return { spans: mergeEqual(paths), records: mergeEqual(lines) };
}

/** A double has a resolution of a quarter of a microsecond for Unix times in microseconds. */
const toleranceUs = 1;

function misplacedSpans(spans: Span[]): Span[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.filter(({ startUs, endUs, parentSpanId = '' }) => {
    const parent = byId.get(parentSpanId);
    return endUs < startUs - toleranceUs || (parent && startUs < parent.startUs - toleranceUs);
  });
}

function factsOf({ attributes, status, events }: Span): Record<string, unknown> {
  return { ...attributes, status, events: events.map(({ name }) => name) };
}

function expectFacts(
  expect: ExpectStatic,
  what: string,
  facts: Record<string, unknown>,
  expected: Record<string, unknown>,
): void {
  const seen = Object.fromEntries(Object.keys(expected).map((name) => [name, facts[name]]));
  expect.soft(seen, what).toEqual(expected);
}
