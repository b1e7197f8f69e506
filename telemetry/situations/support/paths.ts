// Spans and records as lines that can be compared with an expectation.
import type { LogRecord, Span } from '../../test/support/otlp-receiver.ts';
import { normalize } from './output.ts';

/** @returns the path from the root for each span */
export function pathsOf(spans: Span[]): Map<Span, string> {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const pathOf = (span: Span, depth = 0): string => {
    const own = normalize(`${span.kind} ${span.name}`);
    if (!span.parentSpanId || depth > 50) return own;
    const parent = byId.get(span.parentSpanId);
    return `${parent ? pathOf(parent, depth + 1) : 'remote'} > ${own}`;
  };
  return new Map(spans.map((span) => [span, pathOf(span)]));
}

/** The first of each span that was received more than once. */
export function withoutRepeats(spans: Span[]): Span[] {
  return [...new Map(spans.toReversed().map((span) => [`${span.traceId} ${span.spanId}`, span])).values()].toReversed();
}

/** @returns for each record its severity, its body and the path of its span */
export function recordLines(records: LogRecord[], spans: Span[]): Map<LogRecord, string> {
  const paths = pathsOf(spans);
  const pathOf = ({ spanId, traceId }: LogRecord) => {
    if (!traceId) return 'no trace';
    const span = spans.find((one) => one.spanId === spanId);
    return span ? paths.get(span) : 'a span that was not received';
  };
  return new Map(records.map((record) => [record, `${record.severity} ${textOf(record.body)} @ ${pathOf(record)}`]));
}

function textOf(body: unknown): string {
  return normalize(typeof body === 'string' ? body : (JSON.stringify(plain(body)) ?? 'no body'));
}

/** OTLP's lists and maps as arrays and objects. */
export function plain(value: any): any {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value.values)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  const of = (wrapped: any) => plain(wrapped?.value ? wrapped[wrapped.value] : undefined);
  const isMap = value.values.some((each: any) => typeof each.key === 'string');
  return isMap ? Object.fromEntries(value.values.map((each: any) => [each.key, of(each.value)])) : value.values.map(of);
}

/** Sorted; `×2` where a line comes twice. */
export function counted(lines: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => (count > 1 ? `${line} ×${count}` : line)).sort();
}
