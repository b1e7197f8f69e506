// Formats spans and log records as lines to compare with an expectation.
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

/** Removes spans that were received more than once, except for the first. */
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
  return normalize(typeof body === 'string' ? body : (JSON.stringify(fromOtlp(body)) ?? 'no body'));
}

/** Converts the lists and maps of OTLP to arrays and objects. */
export function fromOtlp(value: any): any {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value.values)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromOtlp(each)]));
  const of = (wrapped: any) => fromOtlp(wrapped?.value ? wrapped[wrapped.value] : undefined);
  const isMap = value.values.some((each: any) => typeof each.key === 'string');
  return isMap ? Object.fromEntries(value.values.map((each: any) => [each.key, of(each.value)])) : value.values.map(of);
}

/** Sorts lines and merges equal ones: `×2` for two of them. */
export function mergeEqual(lines: Iterable<string>): string[] {
  const groups = [...Map.groupBy(lines, (line) => line)];
  return groups.map(([line, { length }]) => (length > 1 ? `${line} ×${length}` : line)).sort();
}
